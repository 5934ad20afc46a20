//! Clients that send or take too little, and what a short setting makes of them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::ask;
use crate::http2;
use crate::running::{TestDirectory, Windlass, eventually};

/// Types of bodies.
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn serve(directory: &TestDirectory, arguments: &[&str]) -> Windlass {
    Windlass::serve_with(&[&["--data-dir", directory.data().to_str().unwrap()], arguments].concat())
}

fn connect(windlass: &Windlass) -> TcpStream {
    let stream = TcpStream::connect(windlass.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// All that comes until the connection ends.
fn rest(mut stream: TcpStream) -> String {
    let (mut all, mut piece) = (Vec::new(), [0; 4_096]);
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        all.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Creates something whose answer has more than 4 MB; its path.
fn large(windlass: &Windlass) -> String {
    let text = "x".repeat(5_000);
    let jobs: Vec<_> = (0..1_000)
        .map(|number| json!({"key": format!("job-{number}"), "type": "work", "payload": {"text": text}}))
        .collect();
    let body = json!({"name": "large", "jobs": jobs, "metadata": {"text": "y".repeat(200_000)}}).to_string();
    let created = ask(windlass.address(), "POST", "/v1/pipelines", &body);
    assert_eq!(created.status, 201, "{}", created.text);
    format!("/v1/pipelines/{}", created.body["id"].as_str().unwrap())
}

/// Connections of clients that the server has.
fn connections(windlass: &Windlass) -> usize {
    let (_, port) = windlass.address().rsplit_once(':').unwrap();
    let local = format!("0100007F:{:04X}", port.parse::<u16>().unwrap());
    let all = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let established = |line: &&str| {
        let mut fields = line.split_whitespace();
        fields.nth(1) == Some(&local) && fields.nth(1) == Some("01")
    };
    all.lines().filter(established).count()
}

#[test]
fn a_client_that_takes_nothing_of_its_answers_is_cut_off_and_one_that_waits_is_not() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &["--write-timeout", "1", "--idle-timeout", "3600"]);
    let large = large(&windlass);
    let mut unread = connect(&windlass);
    let call = format!("GET {large} HTTP/1.1\r\nhost: localhost\r\n\r\n").repeat(100);
    unread.write_all(call.as_bytes()).unwrap();
    let mut closed_window = connect(&windlass);
    http2::begin(&mut closed_window, 1).unwrap();
    for number in 0..10 {
        http2::get(&mut closed_window, 2 * number + 1, &large).unwrap();
    }
    let mut stream = connect(&windlass);
    stream.write_all(b"GET /v1/events/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    eventually("both are cut off and the reader of a stream is not", || connections(&windlass) == 1);
    thread::sleep(Duration::from_secs(3));
    assert_eq!(connections(&windlass), 1, "a stream without news waits for the server");
    drop((unread, closed_window, stream));
    windlass.stop();
}

/// The answer of a path to a body of this type that comes a byte each 200 ms, or not at all.
fn slow_body(arguments: &[&str], (path, media): (&str, &str), trickles: bool) -> String {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, arguments);
    let mut stream = connect(&windlass);
    let origin = windlass.address();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {origin}\r\norigin: http://{origin}\r\ncontent-type: {media}\r\ncontent-length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let sent = thread::spawn(move || {
        while trickles && sending.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(200));
        }
    });
    let mut answer = [0; 4_096];
    let length = stream.read(&mut answer).unwrap();
    let answered = Instant::now();
    eventually("the connection is closed", || connections(&windlass) == 0);
    assert!(answered.elapsed() < Duration::from_secs(10), "{:?} after the answer", answered.elapsed());
    sent.join().unwrap();
    windlass.stop();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[test]
fn a_body_that_pauses_and_one_that_never_ends_are_refused() {
    for (arguments, trickles, says) in [
        (["--body-idle-timeout", "1"], false, "stopped arriving for 1 seconds"),
        (["--body-timeout", "2"], true, "has not come to its end within 2 seconds"),
    ] {
        for call in [("/v1/jobs", JSON), ("/ui/login", FORM), ("/ui/pipelines", FORM)] {
            let answer = slow_body(&arguments, call, trickles);
            assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains(says), "{call:?}: {answer}");
            assert!(answer.contains("connection: close"), "{call:?}: {answer}");
            assert_eq!(answer.contains("malformed_request"), call.1 == JSON, "{call:?}: {answer}");
        }
    }
}

#[test]
fn a_head_has_its_time_its_length_and_its_number_of_headers() {
    let directory = TestDirectory::new();
    let windlass =
        serve(&directory, &["--head-timeout", "1", "--max-head-bytes", "8192", "--max-headers", "10"]);
    let begin = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    for (more, status) in [
        ("a: b\r\n".repeat(8), "200"),
        ("a: b\r\n".repeat(9), "431"),
        (format!("a: {}\r\n", "b".repeat(8_000)), "200"),
        (format!("a: {}\r\n", "b".repeat(8_192)), "431"),
    ] {
        let mut stream = connect(&windlass);
        stream.write_all(format!("{begin}{more}\r\n").as_bytes()).unwrap();
        let answer = rest(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    windlass.stop();
}

#[test]
fn a_head_in_one_piece_has_32_kib_and_not_a_byte_more() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &[]);
    let (begin, end) = ("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\na: ", "\r\n\r\n");
    for (bytes, status) in [(32_768, "200"), (32_769, "431"), (40_000, "431")] {
        let mut stream = connect(&windlass);
        let more = "b".repeat(bytes - begin.len() - end.len());
        stream.write_all(format!("{begin}{more}{end}").as_bytes()).unwrap();
        let answer = rest(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{bytes}: {answer}");
    }
    windlass.stop();
}

#[test]
fn a_head_that_cannot_be_read_is_answered_as_all_else_is() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &["--max-head-bytes", "8192", "--max-headers", "10"]);
    let many = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "a: b\r\n".repeat(10));
    let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "b".repeat(70_000));
    for (head, status, says) in [
        ("GET /healthz HTTP/1.1\r\nno header\r\n\r\n", "400", "cannot be read as HTTP/1.1"),
        ("nonsense\r\n\r\n", "400", "cannot be read as HTTP/1.1"),
        ("GET /healthz HTTP/7.0\r\n\r\n", "400", "cannot be read as HTTP/1.1"),
        (many.as_str(), "431", "more than 8192 bytes or 10 headers"),
        (long.as_str(), "431", "more than 8192 bytes or 10 headers"),
    ] {
        for well in ["", "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"] {
            let mut stream = connect(&windlass);
            stream.write_all(well.as_bytes()).unwrap();
            if !well.is_empty() {
                let mut first = [0; 4_096];
                let length = stream.read(&mut first).unwrap();
                assert!(first[..length].starts_with(b"HTTP/1.1 200 "));
            }
            // Of a head that is too long not all is taken.
            drop(stream.write_all(head.as_bytes()));
            let answer = rest(stream);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.contains("x-request-id: ") && head.contains("connection: close"), "{head}");
            assert!(head.contains("content-type: application/problem+json"), "{head}");
            assert!(body.contains("\"malformed_request\"") && body.contains(says), "{body}");
        }
    }
    windlass.stop();
}

#[test]
fn a_head_that_was_begun_is_answered_408_in_time_and_silence_is_not() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &["--head-timeout", "1"]);
    // The first byte of both protocols, and what can only be HTTP/1.1.
    for begun in ["P", "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\n"] {
        let mut half = connect(&windlass);
        half.write_all(begun.as_bytes()).unwrap();
        let answer = rest(half);
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
        assert!(answer.contains("connection: close\r\n") && answer.contains("malformed_request"), "{answer}");
        assert!(answer.contains("x-request-id: "), "{answer}");
        assert!(answer.contains("not come to its end within 1 seconds"), "{answer}");
    }
    let mut second = connect(&windlass);
    second.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let length = second.read(&mut [0; 4_096]).unwrap();
    assert!(length > 0);
    second.write_all(b"GET /").unwrap();
    assert!(rest(second).starts_with("HTTP/1.1 408 "), "a later head has its time, too");
    let mut both = connect(&windlass);
    both.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /").unwrap();
    let answers = rest(both);
    assert!(
        answers.starts_with("HTTP/1.1 200 ") && answers.contains("HTTP/1.1 408 "),
        "behind a call too: {answers}"
    );
    assert_eq!(rest(connect(&windlass)), "", "who says nothing hears nothing");
    windlass.stop();
}
