//! The operator's verbs against a server that answers as each test says.

use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const ID: &str = "01940000-0000-7000-8000-000000000001";

/// Runs `windlass` against `server`, with `input` on standard input.
pub(crate) async fn windlass(server: &MockServer, arguments: &[&str], input: &str) -> Output {
    windlass_with(server, arguments, &[], input).await
}

/// [`windlass`] with variables; none of the caller's says a key or whom to trust.
pub(crate) async fn windlass_with(
    server: &MockServer,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .args(arguments)
        .env("WINDLASS_SERVER", server.uri())
        .env("NO_PROXY", "127.0.0.1")
        .env_remove("WINDLASS_KEY")
        .env_remove("WINDLASS_KEY_FILE")
        .env_remove("WINDLASS_CA_FILE")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

pub(crate) fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn job(state: &str, percent: f64) -> Value {
    json!({
        "id": ID, "pipeline_id": ID, "key": "hash", "type": "hash-files", "state": state, "paused": false,
        "sealed": true, "depends_on": [], "reason": null, "join": "all",
        "retry": {"max_attempts": 3, "initial_delay_seconds": 1, "factor": 2, "max_delay_seconds": 300,
                  "jitter": 0.2, "non_retryable": []},
        "lease_seconds": 60, "timeout_seconds": null, "max_failed_tasks": 0, "fail_fast": true,
        "allow_failure": false, "run_at": null,
        "counts": {"pending": 0, "scheduled": 0, "queued": 0, "running": 0, "succeeded": 4, "failed": 0,
                   "cancelled": 0, "skipped": 0, "total": 8},
        "progress": {"percent": percent}, "created_at": "2026-11-22T20:00:00Z", "opened_at": null,
        "started_at": null, "ended_at": null,
    })
}

/// A job as it is answered alone.
pub(crate) fn whole_job(state: &str) -> Value {
    let mut whole = job(state, 100.0);
    whole["payload"] = Value::Null;
    whole["metadata"] = json!({});
    whole
}

pub(crate) fn pipeline(state: &str, percent: f64) -> Value {
    let job_state = if state == "partial" { "failed" } else { state };
    json!({
        "id": ID, "name": "nightly", "state": state, "paused": false, "sealed": true, "cancelling": false,
        "priority": "medium", "correlation_id": "c", "metadata": {}, "fail_fast": false, "reason": null,
        "progress": {"percent": percent}, "created_at": "2026-11-22T20:00:00Z", "started_at": null,
        "ended_at": null, "deadline_at": null, "traceparent": null, "tracestate": null, "jobs": [job(job_state, percent)],
    })
}

/// A server whose pipeline runs for one look and then is in the state `end`.
async fn server_with_pipeline(end: &str) -> MockServer {
    let server = MockServer::start().await;
    let get = || Mock::given(method("GET")).and(path(format!("/v1/pipelines/{ID}")));
    let running = ResponseTemplate::new(200).set_body_json(pipeline("running", 50.0));
    get().respond_with(running).up_to_n_times(1).mount(&server).await;
    get().respond_with(ResponseTemplate::new(200).set_body_json(pipeline(end, 100.0))).mount(&server).await;
    server
}

#[tokio::test]
async fn a_watch_of_a_pipeline_that_succeeds_shows_its_progress_and_exits_with_0() {
    let server = server_with_pipeline("succeeded").await;
    let output = windlass(&server, &["pipeline", "watch", ID], "").await;
    let progress = "hash: running  4/8 tasks 50%\nhash: succeeded  4/8 tasks 100%\n";
    assert_eq!(said(&output.stderr), progress);
    assert!(said(&output.stdout).contains("nightly"));
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test]
async fn a_watch_of_a_pipeline_that_ends_otherwise_exits_with_1_and_says_how() {
    for end in ["partial", "failed", "cancelled"] {
        let output = windlass(&server_with_pipeline(end).await, &["pipeline", "watch", ID], "").await;
        assert_eq!(output.status.code(), Some(1));
        let message = format!("windlass: pipeline {ID} ended {end}\n");
        assert!(said(&output.stderr).ends_with(&message), "{}", said(&output.stderr));
    }
}

#[tokio::test]
async fn a_submitted_file_is_sent_as_it_is_and_followed() {
    let server = server_with_pipeline("succeeded").await;
    let scan = json!({"key": "scan", "type": "scan-files"});
    let hash = json!({"key": "hash", "type": "hash-files", "depends_on": ["scan"]});
    let file = json!({"name": "nightly", "jobs": [scan, hash]});
    let created = ResponseTemplate::new(201).set_body_json(pipeline("pending", 0.0));
    let post = Mock::given(method("POST")).and(path("/v1/pipelines")).and(body_json(&file));
    post.respond_with(created).expect(1).mount(&server).await;
    let arguments = ["pipeline", "submit", "-", "--watch", "--json"];
    let output = windlass(&server, &arguments, &file.to_string()).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["state"], "succeeded");
}

#[tokio::test]
async fn a_mistake_in_a_file_is_shown_with_its_line() {
    let server = MockServer::start().await;
    let output = windlass(&server, &["pipeline", "submit", "-"], "{\"name\": \"n\",\n \"jbos\": []}").await;
    assert_eq!(output.status.code(), Some(1));
    let message = said(&output.stderr);
    assert!(message.contains("jbos") && message.contains("line 2"), "{message}");
}

#[tokio::test]
async fn a_refusal_is_shown_in_the_servers_words() {
    let server = MockServer::start().await;
    let problem = json!({
        "type": "t", "title": "t", "status": 422, "code": "validation_failed", "detail": "1 value is wrong",
        "errors": [{"pointer": "/type", "detail": "must be given"}],
    });
    let refusal = ResponseTemplate::new(422).set_body_json(problem);
    Mock::given(method("POST")).and(path("/v1/jobs")).respond_with(refusal).mount(&server).await;
    let output = windlass(&server, &["job", "submit", "t", "--payload", "{}"], "").await;
    assert_eq!(output.status.code(), Some(1));
    let message = "windlass: validation_failed: 1 value is wrong\n  /type: must be given\n";
    assert_eq!(said(&output.stderr), message);
}

#[tokio::test]
async fn a_file_of_jobs_is_submitted_by_its_lines_and_what_is_refused_is_said_by_its_line() {
    let server = MockServer::start().await;
    let problem = json!({"type": "urn:windlass:problem:validation_failed", "title": "t", "status": 422,
        "code": "validation_failed", "detail": "the deadline is past"});
    Mock::given(method("POST"))
        .and(path("/v1/jobs/batch"))
        .and(body_json(json!({"jobs": [{"type": "a", "payload": 1}, {"type": "b"}, {"type": "c"}]})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"results": [
            {"job": whole_job("queued")}, {"problem": problem}, {"job": whole_job("queued")}
        ]})))
        .expect(1)
        .mount(&server)
        .await;
    let lines = "{\"type\":\"a\",\"payload\":1}\n{\"type\":\"b\"}\n{\"type\":\"c\"}\n";
    let output = windlass(&server, &["job", "submit", "--file", "-"], lines).await;
    assert_eq!((output.status.code(), said(&output.stdout)), (Some(1), format!("{ID}\n{ID}\n")));
    let said_of = said(&output.stderr);
    assert!(said_of.contains("1 of 3") && said_of.contains("line 2: the deadline is past"), "{said_of}");
    let output =
        windlass(&server, &["job", "submit", "--file", "-"], "{\"type\":\"a\"}\n{\"typ\":1}\n").await;
    assert!(said(&output.stderr).contains("line 2"), "{}", said(&output.stderr));
    let output = windlass(&server, &["job", "submit", "--file", "-", "--payload", "1"], "").await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output.stderr));
}

#[tokio::test]
async fn a_job_is_submitted_with_its_payload_as_it_was_written() {
    let server = MockServer::start().await;
    let mut created = job("queued", 0.0);
    created["payload"] = json!(null);
    created["metadata"] = json!({});
    let created = ResponseTemplate::new(201).set_body_json(created);
    Mock::given(path("/v1/jobs")).respond_with(created).mount(&server).await;
    let arguments = ["job", "submit", "resize", "--payload", "{\"b\": -0, \"a\":1e5}", "--priority", "high"];
    let output = windlass(&server, &arguments, "").await;
    assert_eq!(said(&output.stdout), format!("{ID}\n"));
    let requests = server.received_requests().await.unwrap();
    let body = said(&requests[0].body);
    assert_eq!(body, r#"{"type":"resize","priority":"high","payload":{"b": -0, "a":1e5}}"#);
}

#[tokio::test]
async fn a_list_is_as_long_as_asked_over_all_pages() {
    let server = MockServer::start().await;
    let page = |next: Value| {
        let items = vec![pipeline("running", 50.0); 2];
        ResponseTemplate::new(200).set_body_json(json!({"items": items, "next_cursor": next}))
    };
    let list = || Mock::given(method("GET")).and(path("/v1/pipelines")).and(query_param("state", "running"));
    list().and(query_param("cursor", "next")).respond_with(page(json!("third"))).mount(&server).await;
    list().respond_with(page(json!("next"))).up_to_n_times(1).mount(&server).await;
    let arguments = ["pipeline", "list", "--state", "running", "--limit", "3", "--json"];
    let output = windlass(&server, &arguments, "").await;
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn metadata_is_patched_as_it_was_written() {
    let server = MockServer::start().await;
    let patched = ResponseTemplate::new(200).set_body_json(pipeline("running", 50.0));
    Mock::given(method("PATCH"))
        .and(path(format!("/v1/pipelines/{ID}")))
        .respond_with(patched)
        .mount(&server)
        .await;
    let output = windlass(&server, &["pipeline", "annotate", ID, "{\"b\": 1e5, \"a\":null}"], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(said(&requests[0].body), r#"{"metadata":{"b": 1e5, "a":null}}"#);
}

#[tokio::test]
async fn what_would_be_deleted_is_shown_and_without_a_yes_it_stays() {
    let server = server_with_pipeline("succeeded").await;
    let output = windlass(&server, &["pipeline", "delete", ID], "n\n").await;
    assert_eq!(output.status.code(), Some(1));
    let asked = said(&output.stderr);
    assert!(asked.contains("1 of 1 jobs have not ended, 0 tasks wait, 0 run and 4 have ended"), "{asked}");
    assert!(server.received_requests().await.unwrap().iter().all(|request| request.method.as_str() == "GET"));
}
