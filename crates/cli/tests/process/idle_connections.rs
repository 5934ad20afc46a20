//! Connections between two calls: open for a while, which is another one than that for a head.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::http2;
use crate::running::{TestDirectory, Windlass};

const IDLE: Duration = Duration::from_secs(1);
/// Longer than that, and shorter than what a head may take.
const LONGER: Duration = Duration::from_secs(3);
const CALL: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn serve(directory: &TestDirectory) -> Windlass {
    Windlass::serve_with(&["--data-dir", directory.data().to_str().unwrap(), "--idle-timeout", "1"])
}

fn connect(windlass: &Windlass) -> TcpStream {
    let stream = TcpStream::connect(windlass.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn read_ok(stream: &mut TcpStream) {
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn an_open_connection_is_closed_when_it_has_been_idle_for_the_configured_time() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory);
    let mut stream = connect(&windlass);
    let mut idle = Instant::now();
    for _ in 0..2 {
        // Before the call: the server's time begins before its answer is read here.
        idle = Instant::now();
        stream.write_all(CALL).unwrap();
        read_ok(&mut stream);
    }
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert!(idle.elapsed() >= IDLE && idle.elapsed() < LONGER, "{:?}", idle.elapsed());
    windlass.stop();
}

#[test]
fn neither_a_long_call_nor_a_slow_head_is_idleness() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory);
    let mut stream = connect(&windlass);
    let body = format!(r#"{{"types": ["none"], "worker_id": "w", "wait_seconds": {}}}"#, LONGER.as_secs());
    let call = format!(
        "POST /v1/tasks/dequeue HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(call.as_bytes()).unwrap();
    read_ok(&mut stream);
    let (begin, rest) = CALL.split_at(10);
    stream.write_all(begin).unwrap();
    thread::sleep(LONGER);
    stream.write_all(rest).unwrap();
    read_ok(&mut stream);
    windlass.stop();
}

#[test]
fn an_http2_connection_without_a_call_is_asked_to_end_when_it_has_been_idle_for_that_time() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory);
    let mut stream = connect(&windlass);
    http2::begin(&mut stream, 1_000).unwrap();
    let idle = Instant::now();
    http2::get(&mut stream, 1, "/healthz").unwrap();
    let kinds: Vec<u8> = std::iter::from_fn(|| http2::next_kind(&mut stream)).collect();
    assert!(kinds.contains(&http2::HEADERS) && kinds.contains(&http2::GOAWAY), "{kinds:?}");
    assert!(idle.elapsed() >= IDLE && idle.elapsed() < LONGER, "{:?}", idle.elapsed());
    windlass.stop();
}
