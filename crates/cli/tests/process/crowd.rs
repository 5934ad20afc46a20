//! More connections of clients than there may be.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::attack;
use crate::http::{Request, ask, ask_with};
use crate::running::{TestDirectory, Windlass, eventually};

const CALL: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn serve(directory: &TestDirectory, most: &str) -> Windlass {
    let data = directory.data();
    Windlass::serve_with(&["--data-dir", data.to_str().unwrap(), "--max-client-connections", most])
}

fn connect(windlass: &Windlass) -> TcpStream {
    let stream = TcpStream::connect(windlass.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Calls on an open connection, which stays open.
fn call(stream: &mut TcpStream) {
    stream.write_all(CALL).unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// Whether a call on a connection of its own is answered 200; it may be closed instead.
pub(crate) fn is_answered(windlass: &Windlass) -> bool {
    let (mut stream, mut answer) = (connect(windlass), [0; 4096]);
    let length = stream.write_all(CALL).and_then(|()| stream.read(&mut answer)).unwrap_or(0);
    answer[..length].starts_with(b"HTTP/1.1 200 ")
}

/// A call that is under way until its client goes.
fn busy(windlass: &Windlass) -> Request {
    Request::send(windlass.address(), "GET", "/v1/events/stream", "").begun()
}

#[test]
fn past_the_bound_the_connection_idle_for_longest_is_closed() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, "3");
    let busy = busy(&windlass);
    let (mut first, mut second) = (connect(&windlass), connect(&windlass));
    call(&mut first);
    call(&mut second);
    call(&mut first);
    let mut third = connect(&windlass);
    call(&mut third);
    assert_eq!(second.read(&mut [0]).unwrap(), 0, "the second has been idle for longest");
    call(&mut first);
    drop(busy);
    windlass.stop();
}

#[test]
fn past_the_bound_and_with_none_idle_a_new_connection_is_told_so_and_closed() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, "2");
    let mut busy = [busy(&windlass), busy(&windlass)];
    let mut refused = Request::reusable(windlass.address(), "POST", "/v1/queues");
    let head = refused.head_of_answer();
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("connection: close\r\n"), "{head}");
    assert!(head.contains("retry-after: 1\r\n"), "{head}");
    let answer = ask(windlass.address(), "POST", "/v1/jobs", r#"{"type": "t"}"#);
    assert_eq!((answer.status, answer.body["code"].as_str()), (503, Some("overloaded")), "{}", answer.text);
    assert!(busy.iter_mut().all(Request::is_open), "who was there stays");
    drop(busy);
    eventually("there is a place again", || ask(windlass.address(), "GET", "/healthz", "").status == 200);
    windlass.stop();
}

#[test]
fn who_is_told_that_there_is_no_place_is_told_what_every_answer_says() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let origin = "https://app.example";
    let arguments = ["--data-dir", data.to_str().unwrap(), "--max-client-connections", "1"];
    let windlass = Windlass::serve_with(&[&arguments[..], &["--cors-origins", origin]].concat());
    let busy = busy(&windlass);
    let headers = format!("x-request-id: mine-1\r\norigin: {origin}\r\n");
    let refused = ask_with(windlass.address(), "GET", "/v1/jobs", &headers, "");
    assert_eq!(refused.status, 503, "{}", refused.text);
    for said in ["x-request-id: mine-1", "access-control-allow-origin: https://app.example", "vary: Origin"] {
        assert!(refused.head.contains(said), "{said}: {}", refused.head);
    }
    drop(busy);
    windlass.stop();
}

#[test]
fn who_comes_beside_those_who_are_told_that_there_is_no_place_is_told_so_at_once() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, "1");
    let busy = busy(&windlass);
    // They are served as if there were a place, for as long as they say nothing of it.
    let told: Vec<TcpStream> = (0..64).map(|_| connect(&windlass)).collect();
    let mut next = connect(&windlass);
    let mut answer = String::new();
    next.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"overloaded\""), "{answer}");
    for said in ["connection: close\r\n", "x-request-id: ", "retry-after: 1\r\n"] {
        assert!(answer.contains(said), "{answer}");
    }
    drop((busy, told));
    windlass.stop();
}

#[test]
fn connections_that_say_nothing_keep_nobody_out_and_are_bounded() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, "50");
    let silent: Vec<TcpStream> = (0..200 * attack::times()).map(|_| connect(&windlass)).collect();
    eventually("a call is answered", || is_answered(&windlass));
    let metrics = ask(windlass.address(), "GET", "/metrics", "").text;
    let open = metrics.lines().find_map(|line| line.strip_prefix("windlass_client_connections ")).unwrap();
    // Those that are told so, and those that were closed for another, are counted until they have ended.
    assert!(open.parse::<usize>().unwrap() <= 50 + 320, "{open}");
    assert!(!metrics.contains("windlass_client_connections_closed_total{reason=\"crowded\"} 0"), "{metrics}");
    drop(silent);
    windlass.stop();
}
