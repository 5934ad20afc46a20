//! How a server ends: SIGTERM and Ctrl-C drain, a second signal ends at once, and no Postgres outlives it.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::http::{Request, ask};
use crate::running::{TestDirectory, Windlass, eventually, lives};

/// What the contract allows a drain.
pub(crate) const DRAIN_BOUND: Duration = Duration::from_secs(20);

#[test]
fn sigterm_and_ctrl_c_answer_waiting_polls_empty_and_exit_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let directory = TestDirectory::new();
        let mut windlass = Windlass::serve(&directory);
        let postmaster = directory.postmaster().unwrap();
        let body = json!({"types": ["none"], "worker_id": "w", "wait_seconds": 60}).to_string();
        let waiting = Request::send(windlass.address(), "POST", "/v1/tasks/dequeue", &body);
        eventually("the poll waits", || {
            ask(windlass.address(), "GET", "/metrics", "").text.contains("windlass_waiting_polls 1\n")
        });
        windlass.signal(signal);
        let begun = Instant::now();
        let answer = waiting.answer();
        assert_eq!((answer.status, &answer.body), (200, &json!({"tasks": []})));
        assert_eq!(windlass.ended().code(), Some(0), "{}", windlass.said());
        assert!(begun.elapsed() < DRAIN_BOUND, "{:?}", begun.elapsed());
        assert!(!lives(postmaster));
    }
}

#[test]
fn a_request_that_was_begun_before_the_signal_is_answered() {
    let directory = TestDirectory::new();
    let mut windlass = Windlass::serve(&directory);
    let body = r#"{"type": "begun"}"#;
    let begun = Request::begin(windlass.address(), "POST", "/v1/jobs", body.len());
    windlass.signal(Signal::TERM);
    eventually("the drain has begun", || windlass.said().contains("draining"));
    let answer = begun.with(body).answer();
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(windlass.ended().code(), Some(0), "{}", windlass.said());
}

#[test]
fn a_second_signal_ends_at_once_with_an_error_and_postgres_goes_too() {
    let directory = TestDirectory::new();
    let mut windlass = Windlass::serve(&directory);
    let postmaster = directory.postmaster().unwrap();
    // A request that has begun and does not end makes the drain wait.
    let begun = Request::begin(windlass.address(), "POST", "/v1/jobs", 100);
    windlass.signal(Signal::TERM);
    eventually("the drain has begun", || windlass.said().contains("draining"));
    assert!(windlass.is_running());
    let second = Instant::now();
    windlass.signal(Signal::TERM);
    let status = windlass.ended();
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    assert!(second.elapsed() < Duration::from_secs(5), "{:?}", second.elapsed());
    assert!(!lives(postmaster));
    drop(begun);
    Windlass::serve(&directory).stop();
}

#[test]
fn a_start_that_a_signal_cuts_off_leaves_nothing_running_and_can_be_repeated() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let mut cut_off =
        Windlass::begin(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data.to_str().unwrap()]);
    eventually("the cluster is being made", || {
        data.join("postgres.new").exists() || data.join("postgres").exists()
    });
    cut_off.signal(Signal::TERM);
    assert_eq!(cut_off.ended().code(), Some(0), "{}", cut_off.said());
    eventually("no Postgres runs", || directory.postmaster().is_none_or(|postmaster| !lives(postmaster)));
    Windlass::serve(&directory).stop();
}

#[test]
fn a_hangup_during_a_start_does_not_end_it() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--drain-seconds", "0", "--data-dir"];
    let mut starting = Windlass::begin(&[&arguments[..], &[data.to_str().unwrap()]].concat());
    eventually("the cluster is being made", || {
        data.join("postgres.new").exists() || data.join("postgres").exists()
    });
    starting.signal(Signal::HUP);
    eventually("it serves", || starting.said().contains("listening"));
    starting.signal(Signal::TERM);
    assert_eq!(starting.ended().code(), Some(0), "{}", starting.said());
}
