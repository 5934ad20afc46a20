//! A standard error or output that takes nothing: calls are answered, signals are heeded, and what the log lost is known.

use std::fs::File;
use std::io::{self, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::http::ask;
use crate::running::{TestDirectory, Windlass, eventually};
use crate::signals::DRAIN_BOUND;

/// Enough that each call has many lines.
const TALKATIVE: &str = "trace";

fn serve(directory: &TestDirectory, stderr: impl Into<Stdio>, log: &str) -> Windlass {
    let data = directory.data();
    let arguments = ["--data-dir", data.to_str().unwrap(), "--log-format", "json", "--log", log];
    Windlass::serve_saying_to(stderr, &arguments)
}

fn create(windlass: &Windlass) {
    let answer = ask(windlass.address(), "POST", "/v1/jobs", r#"{"type": "a"}"#);
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(ask(windlass.address(), "GET", "/healthz", "").status, 200);
}

/// A thousand calls on one connection, each named by as long a word as may be.
fn chatter(windlass: &Windlass) {
    let name = "x".repeat(200);
    let call =
        format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx-request-id: {name}\r\nx-correlation-id: {name}\r\n");
    let calls = format!("{call}\r\n").repeat(999) + &call + "connection: close\r\n\r\n";
    let mut connection = TcpStream::connect(windlass.address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut sending = connection.try_clone().unwrap();
    let sent = thread::spawn(move || sending.write_all(calls.as_bytes()).unwrap());
    let answers = io::read_to_string(&mut connection).unwrap();
    sent.join().unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1_000);
}

/// What the server's metrics say of the lines that its log has dropped.
fn dropped(windlass: &Windlass) -> u64 {
    let metrics = ask(windlass.address(), "GET", "/metrics", "").text;
    let value = metrics.lines().find_map(|line| line.strip_prefix("windlass_log_lines_dropped_total "));
    value.unwrap_or_else(|| panic!("it is not in {metrics}")).parse().unwrap()
}

fn ends_in_order(mut windlass: Windlass) {
    let begun = Instant::now();
    windlass.signal(Signal::TERM);
    assert_eq!(windlass.ended().code(), Some(0));
    assert!(begun.elapsed() < DRAIN_BOUND, "{:?}", begun.elapsed());
}

#[test]
fn without_a_reader_of_standard_error_every_call_is_answered_and_the_end_is_orderly() {
    let directory = TestDirectory::new();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let windlass = serve(&directory, writer, "info");
    (0..100).for_each(|_| create(&windlass));
    eventually("the lost lines are counted", || dropped(&windlass) >= 200);
    ends_in_order(windlass);
}

#[test]
fn with_the_log_on_a_full_disk_every_call_is_answered_and_the_end_is_orderly() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, File::options().write(true).open("/dev/full").unwrap(), "info");
    (0..100).for_each(|_| create(&windlass));
    eventually("the lost lines are counted", || dropped(&windlass) >= 200);
    ends_in_order(windlass);
}

#[test]
fn with_a_standard_error_that_nobody_reads_every_call_is_answered_and_the_end_is_orderly() {
    let directory = TestDirectory::new();
    let (_unread, writer) = io::pipe().unwrap();
    let windlass = serve(&directory, writer, TALKATIVE);
    eventually("more was said than can wait", || {
        chatter(&windlass);
        dropped(&windlass) > 0
    });
    (0..10).for_each(|_| create(&windlass));
    ends_in_order(windlass);
}

#[test]
fn dropped_lines_are_logged_once_the_log_is_read_again() {
    let directory = TestDirectory::new();
    let (mut reader, writer) = io::pipe().unwrap();
    let windlass = serve(&directory, writer, TALKATIVE);
    eventually("more was said than can wait", || {
        chatter(&windlass);
        dropped(&windlass) > 0
    });
    let all = thread::spawn(move || io::read_to_string(&mut reader).unwrap());
    create(&windlass);
    ends_in_order(windlass);
    let all = all.join().unwrap();
    let lines = all
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let lost: Vec<u64> = lines
        .filter(|line| line["message"].as_str().is_some_and(|message| message.contains("were dropped")))
        .map(|line| line["lines"].as_u64().unwrap())
        .collect();
    assert!(!lost.is_empty() && lost.iter().all(|lines| *lines > 0), "{lost:?}");
}

#[test]
fn a_standard_output_that_is_full_or_has_no_reader_keeps_nobody_from_serving_and_ending() {
    let (_unread, mut full) = io::pipe().unwrap();
    // As much as a pipe holds.
    full.write_all(&vec![b'x'; 0x10000]).unwrap();
    let (reader, closed) = io::pipe().unwrap();
    drop(reader);
    for stdout in [full, closed] {
        let directory = TestDirectory::new();
        let windlass =
            Windlass::serve_announcing_to(stdout, &["--data-dir", directory.data().to_str().unwrap()]);
        create(&windlass);
        ends_in_order(windlass);
    }
}
