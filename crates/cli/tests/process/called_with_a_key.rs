//! How the verbs are given a key, and what they say when it is refused.

use std::process::Output;

use serde_json::json;
use tempfile::NamedTempFile;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verbs::{ID, said, windlass_with};

/// One verb of each family, which all read.
const VERBS: [&[&str]; 6] = [
    &["pipeline", "list"],
    &["job", "list"],
    &["task", "list"],
    &["queue", "list"],
    &["workers"],
    &["events", "--limit", "1"],
];

/// A server that takes the key `wl_good`, and answers an empty page to it.
async fn server() -> MockServer {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_json(json!({"items": [], "next_cursor": null}));
    let events = ResponseTemplate::new(200).set_body_json(json!({"items": [], "next_cursor": "1"}));
    let with_key = || Mock::given(header("authorization", "Bearer wl_good"));
    with_key().and(wiremock::matchers::path("/v1/events")).respond_with(events).mount(&server).await;
    with_key().respond_with(page).mount(&server).await;
    refusing(&server, 401, "unauthorized", "a valid key is needed").await;
    server
}

async fn refusing(server: &MockServer, status: u16, code: &str, detail: &str) {
    let problem = json!({"type": "t", "title": "t", "status": status, "code": code, "detail": detail});
    let refusal = ResponseTemplate::new(status).set_body_json(problem);
    Mock::given(any()).respond_with(refusal).with_priority(9).mount(server).await;
}

fn file_with(key: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{key}\n")).unwrap();
    file
}

fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    said(&output.stderr)
}

#[tokio::test]
async fn every_verb_takes_a_key_from_a_file_or_from_a_variable() {
    let (server, file) = (server().await, file_with("wl_good"));
    let path = file.path().to_str().unwrap();
    for verb in VERBS {
        let by_flag = [verb, &["--key-file", path]].concat();
        for (arguments, variables) in [
            (&by_flag[..], &[][..]),
            // The flag is nearer than a variable.
            (&by_flag[..], &[("WINDLASS_KEY", "wl_bad")][..]),
            (verb, &[("WINDLASS_KEY_FILE", path)][..]),
            (verb, &[("WINDLASS_KEY", "wl_good")][..]),
        ] {
            let output = windlass_with(&server, arguments, variables, "").await;
            assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", said(&output.stderr));
        }
    }
}

#[tokio::test]
async fn a_key_is_never_a_flag() {
    let server = server().await;
    for verb in VERBS {
        let output = windlass_with(&server, &[verb, &["--key", "wl_good"]].concat(), &[], "").await;
        assert_eq!(output.status.code(), Some(2), "{verb:?}");
    }
}

#[tokio::test]
async fn a_refused_key_is_told_in_plain_words_and_never_shown() {
    let server = server().await;
    let refused = failed(&windlass_with(&server, &["queue", "list"], &[], "").await);
    let expected = "windlass: unauthorized: a valid key is needed; no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY \
                    to one that `windlass key create` made, or name its file by --key-file\n";
    assert_eq!(refused, expected);
    let variables = [("WINDLASS_KEY", "wl_bad")];
    let refused = failed(&windlass_with(&server, &["queue", "list"], &variables, "").await);
    assert!(refused.contains("the key from WINDLASS_KEY is not valid, or no longer"), "{refused}");
    assert!(!refused.contains("wl_bad"), "{refused}");
}

#[tokio::test]
async fn a_key_that_lacks_a_scope_is_told_with_the_scope() {
    let server = MockServer::start().await;
    refusing(&server, 403, "forbidden", "the scope operate is missing").await;
    let variables = [("WINDLASS_KEY", "wl_low")];
    let refused = failed(&windlass_with(&server, &["queue", "pause", "t"], &variables, "").await);
    let expected =
        "windlass: forbidden: the scope operate is missing; the key from WINDLASS_KEY does not allow this";
    assert!(refused.starts_with(expected), "{refused}");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_no_call_without_one() {
    let server = server().await;
    let file = file_with("tell nobody");
    let path = file.path().to_str().unwrap();
    for (arguments, variables, expected) in [
        (&["workers", "--key-file", "/nowhere"][..], &[][..], "the file /nowhere cannot be read"),
        (&["workers"], &[("WINDLASS_KEY_FILE", "/nowhere")], "WINDLASS_KEY_FILE"),
        (&["workers", "--key-file", path], &[], "is not one line of 1 to 512 visible ASCII characters"),
        (&["workers"], &[("WINDLASS_KEY", "tell nobody")], "WINDLASS_KEY is not one line"),
        (&["workers"], &[("WINDLASS_KEY", "a"), ("WINDLASS_KEY_FILE", path)], "and so is WINDLASS_KEY_FILE"),
        (&["workers", "--ca-file", "/nowhere"], &[], "the file /nowhere cannot be read"),
    ] {
        let refused = failed(&windlass_with(&server, arguments, variables, "").await);
        assert!(refused.contains(expected) && !refused.contains("tell nobody"), "{refused}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// A server with one task, which was taken twice with the number 1, and the events of both.
async fn server_with_attempts() -> MockServer {
    let server = MockServer::start().await;
    let (first, second) = ("2026-11-22T20:00:00.000001Z", "2026-11-22T20:00:01Z");
    let attempt = |started_at: &str| {
        json!({"number": 1, "worker_id": "w", "started_at": started_at, "ended_at": null, "outcome": "released",
            "error": null, "metrics": null, "detail": null})
    };
    let attempts = json!({"items": [attempt(first), attempt(second)], "next_cursor": null});
    let event = |id: &str, at: &str, to: &str, caller: &str| {
        json!({"id": id, "at": at, "entity": "task", "pipeline_id": ID, "job_id": ID, "task_id": ID, "from": "queued",
            "to": to, "flag": null, "reason": null, "attempt": 1, "worker_id": "w", "actor": "worker",
            "correlation_id": null, "type": "t", "caller": caller, "caller_id": ID, "key_id": null})
    };
    let events = [event("1", first, "running", "day-shift"), event("2", second, "running", "night-shift")];
    let page = json!({"items": events, "next_cursor": "2"});
    let end = json!({"items": [], "next_cursor": "2"});
    let get = |path: &str| Mock::given(wiremock::matchers::path(path.to_owned()));
    let answer = |body| ResponseTemplate::new(200).set_body_json(body);
    get(&format!("/v1/tasks/{ID}/attempts")).respond_with(answer(attempts)).mount(&server).await;
    let after = wiremock::matchers::query_param("cursor", "2");
    get("/v1/events").and(after).respond_with(answer(end)).mount(&server).await;
    get("/v1/events").respond_with(answer(page)).with_priority(9).mount(&server).await;
    server
}

#[tokio::test]
async fn events_and_attempts_show_the_caller() {
    let server = server_with_attempts().await;
    for arguments in [&["events"][..], &["task", "attempts", ID][..]] {
        let output = windlass_with(&server, arguments, &[], "").await;
        let shown = said(&output.stdout);
        let rows: Vec<&str> = shown.lines().collect();
        assert!(rows[0].contains("CALLER"), "{shown} {}", said(&output.stderr));
        assert!(rows[1].contains("day-shift") && !rows[1].contains("night-shift"), "{shown}");
        assert!(rows[2].contains("night-shift"), "{shown}");
    }
}

#[tokio::test]
async fn attempts_are_shown_to_a_key_that_may_not_read_the_audit() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_json(json!({"items": [], "next_cursor": null}));
    let attempts = wiremock::matchers::path(format!("/v1/tasks/{ID}/attempts"));
    Mock::given(attempts).respond_with(page).mount(&server).await;
    refusing(&server, 403, "forbidden", "the scope read is missing").await;
    let output = windlass_with(&server, &["task", "attempts", ID], &[("WINDLASS_KEY", "a")], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
}
