//! Bodies that are made to cost more than their length.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::http::{Request, ask};
use crate::running::{TestDirectory, Windlass, eventually};

const CLIENTS: usize = 4;
/// The longest answer to any of them, in bytes.
const ANSWER: usize = 200 * 1_024;

/// Many strings that cannot be stored, below one long key; 2 MB or less.
fn below_one_key(length: usize) -> String {
    let strings = vec![r#""\u0000""#; 100_000].join(",");
    format!(r#"{{"type":"t","payload":{{"{}":[{strings}]}}}}"#, "k".repeat(length))
}

/// A batch of reports, each of which is wrong in many places below one long key.
fn batch() -> String {
    let report = format!(r#"{{"{}":[{}]}}"#, "k".repeat(1_000), vec![r#""\u0000""#; 100].join(","));
    format!(r#"{{"tasks":[{}]}}"#, vec![report; 1_000].join(","))
}

#[test]
fn a_body_that_is_wrong_in_many_places_is_refused_in_short_while_others_are_answered() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let address = windlass.address();
    let refused = AtomicUsize::new(0);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let refused = &refused;
            scope.spawn(move || {
                let body = below_one_key(if client % 2 == 0 { 1_000_000 } else { 1_000 });
                let answer = ask(address, "POST", "/v1/jobs", &body);
                refused.fetch_add(1, Ordering::Relaxed);
                assert_eq!(answer.status, 422, "{}", answer.body["detail"]);
                assert!(answer.text.len() < ANSWER, "{} bytes", answer.text.len());
            });
        }
        while refused.load(Ordering::Relaxed) < CLIENTS {
            assert_eq!(ask(address, "GET", "/healthz", "").status, 200);
        }
    });
    let answer = ask(address, "POST", "/v1/tasks/complete", &batch());
    assert_eq!(answer.status, 200, "{}", answer.body["detail"]);
    // One finding for each of 1,000 reports, of 1 KiB at the most, and a hundred more.
    assert!(answer.text.len() < 2_000 * 1_024, "{} bytes", answer.text.len());
    windlass.stop();
}

/// A job with a payload of so many bytes.
fn job(bytes: usize) -> String {
    format!(r#"{{"type":"t","payload":"{}"}}"#, "x".repeat(bytes))
}

#[test]
fn bodies_that_do_not_end_have_a_bound_over_all_and_leave_small_ones_alone() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let windlass =
        Windlass::serve_with(&["--data-dir", data.to_str().unwrap(), "--max-bodies-bytes", "1000000"]);
    let address = windlass.address();
    for begin in [
        (|address| Request::begin(address, "POST", "/v1/jobs", 10_000_000)) as fn(&str) -> Request,
        |address| Request::begin_form(address, "/ui/pipelines", 2_000_000),
    ] {
        hold(address, begin);
    }
    windlass.stop();
}

/// Holds the bytes for large bodies by such that do not end, and gives them back.
fn hold(address: &str, begin: fn(&str) -> Request) {
    let mut held = Vec::new();
    eventually("a large body finds no room", || {
        // One that comes beside the call below may find none itself.
        held.push(begin(address).with(&"x".repeat(300_000)));
        let answer = ask(address, "POST", "/v1/jobs", &job(200_000));
        assert!(answer.status == 201 || answer.body["code"] == "overloaded", "{}", answer.text);
        answer.status == 503
    });
    for _ in 0..10 {
        assert_eq!(ask(address, "POST", "/v1/jobs", &job(50_000)).status, 201);
    }
    drop(held);
    eventually("a large body finds room", || ask(address, "POST", "/v1/jobs", &job(200_000)).status == 201);
}
