//! Webhooks of a process: whom it trusts, and that a kill at any time loses none of them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::http::ask;
use crate::running::{TestDirectory, Windlass, eventually};
use crate::tls::{Certificate, Files};

const ALLOW: [&str; 2] = ["--webhook-allow", "127.0.0.0/8"];

/// A webhook at this URL; its path.
fn webhook(windlass: &Windlass, url: &str) -> String {
    let webhook = json!({"url": url, "events": ["pipeline.pending"]});
    let made = ask(windlass.address(), "POST", "/v1/webhooks", &webhook.to_string());
    assert_eq!(made.status, 201, "{}", made.text);
    format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap())
}

/// What a test of a webhook at this URL comes to.
fn tested(windlass: &Windlass, url: &str) -> Value {
    let tested = ask(windlass.address(), "POST", &format!("{}/test", webhook(windlass, url)), "{}");
    assert_eq!(tested.status, 200, "{}", tested.text);
    tested.body
}

#[test]
fn a_receiver_is_verified_by_the_authorities_that_a_file_names() {
    let (pair, of_receiver) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&pair);
    let (data, flags) = (of_receiver.data(), files.flags());
    let [a, b, c, d] = &flags;
    let receiver = Windlass::serve_with(&["--data-dir", data.to_str().unwrap(), a, b, c, d]);
    let url = format!("https://{}/nothing-is-here", receiver.address());

    let directory = TestDirectory::new();
    let data = directory.data();
    let serve = |further: &[&str]| {
        let arguments = [&["--data-dir", data.to_str().unwrap()][..], &ALLOW, further].concat();
        Windlass::serve_with(&arguments)
    };
    let stranger = serve(&[]);
    assert_eq!(tested(&stranger, &url)["error"], "tls");
    stranger.stop();
    let certificate = files.certificate();
    let friend = serve(&["--webhook-ca", certificate.to_str().unwrap()]);
    let called = tested(&friend, &url);
    assert_eq!((&called["status"], &called["error"]), (&json!(404), &json!("http_status")));
    friend.stop();
    receiver.stop();
}

/// How often each delivery came to a receiver.
#[derive(Clone, Default)]
struct Came(Arc<Mutex<HashMap<String, usize>>>);

impl Came {
    /// A receiver that takes so long to answer; its URL.
    fn listen(&self, takes: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let came = self.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let came = came.clone();
                thread::spawn(move || came.take(connection, takes));
            }
        });
        url
    }

    fn take(&self, connection: TcpStream, takes: Duration) -> Option<()> {
        let mut reader = BufReader::new(connection);
        let (mut id, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            match line.trim_end().split_once(": ") {
                Some(("webhook-id", value)) => value.clone_into(&mut id),
                Some(("content-length", value)) => length = value.parse().ok()?,
                _ if line == "\r\n" => break,
                _ => {}
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        *self.0.lock().unwrap().entry(id).or_default() += 1;
        thread::sleep(takes);
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

#[test]
fn a_process_that_is_killed_in_the_middle_loses_no_delivery() {
    const EVENTS: usize = 60;
    let directory = TestDirectory::new();
    let data = directory.data();
    let serve = || Windlass::serve_with(&[&["--data-dir", data.to_str().unwrap()][..], &ALLOW].concat());
    let came = Came::default();
    let url = came.listen(Duration::from_millis(100));
    let mut windlass = serve();
    let path = webhook(&windlass, &url);
    let jobs = json!({"jobs": vec![json!({"type": "a"}); EVENTS]}).to_string();
    assert_eq!(ask(windlass.address(), "POST", "/v1/jobs/batch", &jobs).status, 200);
    eventually("some have come", || came.count() >= 10);
    windlass.signal(Signal::KILL);
    windlass.ended();

    let windlass = serve();
    let pending = || ask(windlass.address(), "GET", &path, "").body["pending"].clone();
    eventually("all have come", || came.count() == EVENTS && pending() == json!(0));
    let listed = ask(windlass.address(), "GET", &format!("{path}/deliveries?limit=500"), "").body;
    let deliveries = listed["items"].as_array().unwrap();
    assert_eq!(deliveries.len(), EVENTS);
    for delivery in deliveries {
        assert_eq!(delivery["state"], "delivered", "{delivery}");
        let calls = came.0.lock().unwrap()[&format!("msg_{}", delivery["id"].as_str().unwrap())];
        let attempts = delivery["attempts"].as_array().unwrap();
        assert!(attempts.len() >= calls, "each call is an attempt: {calls}, {delivery}");
        assert!(attempts[..attempts.len() - 1].iter().all(|one| one["error"] == "interrupted"), "{delivery}");
    }
    windlass.stop();
}
