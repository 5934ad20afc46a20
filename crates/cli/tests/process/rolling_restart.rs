//! Servers that are restarted one after the other behind a proxy: its clients do not notice.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::http::{Request, ask, ask_with};
use crate::http2;
use crate::proxy::Proxy;
use crate::running::{TestDirectory, Windlass, eventually};

const CLIENTS: usize = 16;

/// A server that runs the Postgres of others, and how those connect.
fn with_postgres(directory: &TestDirectory) -> (Windlass, String) {
    let owner = Windlass::serve(directory);
    let line = |index| directory.postmaster_line(index).unwrap();
    let url = format!("postgres:///postgres?host={}&port={}&user=windlass", line(4), line(3));
    (owner, url)
}

/// What clients saw: how often each status, or what went wrong.
#[derive(Default)]
struct Seen(Mutex<BTreeMap<String, usize>>);

impl Seen {
    fn note(&self, answer: std::io::Result<u16>) {
        let what = answer.map_or_else(|error| error.to_string(), |status| status.to_string());
        *self.0.lock().unwrap().entry(what).or_default() += 1;
    }
}

fn client(number: usize, proxy: &Proxy, seen: &Seen) {
    let dequeue =
        json!({"types": ["none"], "worker_id": format!("w-{number}"), "wait_seconds": 1}).to_string();
    seen.note(match number % 4 {
        0 => proxy.ask("GET", "/v1/queues", ""),
        1 => proxy.ask("POST", "/v1/tasks/dequeue", &dequeue),
        _ => proxy.ask("POST", "/v1/jobs", r#"{"type": "work"}"#),
    });
}

#[test]
fn no_request_fails_while_servers_behind_a_proxy_are_restarted_one_after_the_other() {
    let directory = TestDirectory::new();
    let (owner, url) = with_postgres(&directory);
    let serve = |listen: &str| {
        let more = ["--listen", listen, "--database-url", &url, "--drain-seconds", "2", "--log", "warn"];
        Windlass::serve_with(&more)
    };
    let mut servers: Vec<Windlass> = (0..2).map(|_| serve("127.0.0.1:0")).collect();
    let addresses: Vec<String> = servers.iter().map(|server| server.address().to_owned()).collect();
    let (proxy, seen, over, asked) =
        (Proxy::before(&addresses), Seen::default(), AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (proxy, seen, over, asked) = (&proxy, &seen, &over, &asked);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    client(number, proxy, seen);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for (server, address) in servers.iter_mut().zip(&addresses) {
            let before = asked.load(Ordering::Relaxed);
            eventually("all clients ask", || asked.load(Ordering::Relaxed) > before + 10 * CLIENTS);
            server.signal(Signal::TERM);
            assert_eq!(server.ended().code(), Some(0), "{}", server.said());
            *server = serve(address);
        }
        over.store(true, Ordering::Relaxed);
    });
    let seen = seen.0.into_inner().unwrap();
    assert!(seen.keys().all(|what| ["200", "201"].contains(&what.as_str())), "{seen:?}");
    servers.into_iter().for_each(Windlass::stop);
    owner.stop();
}

#[test]
fn a_server_that_drains_serves_on_but_says_that_it_goes() {
    let directory = TestDirectory::new();
    let windlass =
        Windlass::serve_with(&["--data-dir", directory.data().to_str().unwrap(), "--drain-seconds", "4"]);
    let address = windlass.address();
    assert_eq!(ask(address, "GET", "/readyz", "").status, 200);
    let dequeue = json!({"types": ["work"], "worker_id": "w", "wait_seconds": 60}).to_string();
    let waiting = Request::send(address, "POST", "/v1/tasks/dequeue", &dequeue);
    eventually("the poll waits", || {
        ask(address, "GET", "/metrics", "").text.contains("windlass_waiting_polls 1\n")
    });
    assert_eq!(ask(address, "POST", "/v1/jobs", r#"{"type": "keyed"}"#).status, 201);
    let keyed = json!({"types": ["keyed"], "worker_id": "w"}).to_string();
    let dequeue_keyed =
        || ask_with(address, "POST", "/v1/tasks/dequeue", "idempotency-key: k\r\n", &keyed).body;
    let leased = dequeue_keyed();
    windlass.signal(Signal::TERM);
    let begun = Instant::now();
    let answer = waiting.answer();
    assert_eq!((answer.status, &answer.body), (200, &json!({"tasks": []})));

    let ready = ask(address, "GET", "/readyz", "");
    assert_eq!((ready.status, ready.body["code"].as_str()), (503, Some("shutting_down")));
    assert!(ready.body["detail"].as_str().unwrap().contains("draining"), "{}", ready.text);
    assert_eq!(ask(address, "GET", "/healthz", "").status, 200);
    assert_eq!(ask(address, "POST", "/v1/jobs", r#"{"type": "work"}"#).status, 201);
    let empty = ask(address, "POST", "/v1/tasks/dequeue", &dequeue);
    assert_eq!((empty.status, &empty.body), (200, &json!({"tasks": []})), "although there is a task");
    assert_eq!(dequeue_keyed()["tasks"][0]["lease_token"], leased["tasks"][0]["lease_token"]);
    assert!(leased["tasks"][0]["lease_token"].is_string(), "{leased}");
    assert!(Request::reusable(address, "GET", "/v1/queues").head_of_answer().contains("connection: close"));
    let mut stream = TcpStream::connect(address).unwrap();
    http2::begin(&mut stream, 1_000).unwrap();
    http2::get(&mut stream, 1, "/healthz").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut expected = vec![http2::HEADERS, http2::GOAWAY];
    while !expected.is_empty() {
        let kind = http2::next_kind(&mut stream).expect("it answers, and says that it goes");
        expected.retain(|other| *other != kind);
    }
    assert!(begun.elapsed() < Duration::from_secs(4), "too slow to judge: {:?}", begun.elapsed());
    ends_after(windlass, begun, Duration::from_secs(4));
}

fn ends_after(mut windlass: Windlass, begun: Instant, least: Duration) {
    assert_eq!(windlass.ended().code(), Some(0), "{}", windlass.said());
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
}

#[test]
fn ctrl_c_does_not_serve_on() {
    let directory = TestDirectory::new();
    let mut windlass =
        Windlass::serve_with(&["--data-dir", directory.data().to_str().unwrap(), "--drain-seconds", "15"]);
    windlass.signal(Signal::INT);
    let begun = Instant::now();
    assert_eq!(windlass.ended().code(), Some(0), "{}", windlass.said());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn a_second_sigterm_ends_a_drain_at_once() {
    let directory = TestDirectory::new();
    let mut windlass =
        Windlass::serve_with(&["--data-dir", directory.data().to_str().unwrap(), "--drain-seconds", "15"]);
    windlass.signal(Signal::TERM);
    eventually("the drain has begun", || windlass.said().contains("draining"));
    windlass.signal(Signal::TERM);
    let begun = Instant::now();
    assert_ne!(windlass.ended().code(), Some(0), "{}", windlass.said());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// A worker asks again as soon as it is answered.
#[test]
fn a_worker_that_asks_a_draining_server_again_and_again_is_held_back() {
    let directory = TestDirectory::new();
    let windlass =
        Windlass::serve_with(&["--data-dir", directory.data().to_str().unwrap(), "--drain-seconds", "15"]);
    let address = windlass.address();
    windlass.signal(Signal::TERM);
    eventually("the server drains", || ask(address, "GET", "/readyz", "").status == 503);
    let body = r#"{"types": ["none"], "worker_id": "w", "wait_seconds": 30}"#;
    let begun = Instant::now();
    for _ in 0..2 {
        assert_eq!(ask(address, "POST", "/v1/tasks/dequeue", body).text, r#"{"tasks":[]}"#);
    }
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    let at_once = r#"{"types": ["none"], "worker_id": "w"}"#;
    assert_eq!(ask(address, "POST", "/v1/tasks/dequeue", at_once).text, r#"{"tasks":[]}"#);
    windlass.signal(Signal::TERM);
}
