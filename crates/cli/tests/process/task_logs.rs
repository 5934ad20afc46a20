//! `windlass task log`, and why something failed.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verbs::{ID, pipeline, said, windlass};

fn line(number: u32, message: &str, fields: Value) -> Value {
    let mut line = json!({"number": number, "attempt": 2, "at": "2026-11-22T20:00:00.5Z",
        "received_at": "2026-11-22T20:00:01Z", "level": "warn", "message": message});
    line["fields"] = fields;
    line
}

fn page(lines: Vec<Value>, next: &str) -> ResponseTemplate {
    let mut page = json!({"next_cursor": next});
    page["items"] = Value::Array(lines);
    ResponseTemplate::new(200).set_body_json(page)
}

fn task(state: &str) -> Value {
    let ended = state != "running";
    json!({"id": ID, "job_id": ID, "pipeline_id": ID, "type": "t", "state": state, "payload": null, "metadata": {},
        "attempt": 2, "max_attempts": 3, "run_at": null, "progress": null, "result": null, "checkpoint": null,
        "error": {"category": "data_error", "message": "no such column", "detail": null}, "worker_id": null,
        "lease_expires_at": null, "created_at": "2026-11-22T20:00:00Z", "started_at": null,
        "ended_at": ended.then_some("2026-11-22T20:00:02Z")})
}

async fn server_with_log() -> MockServer {
    let server = MockServer::start().await;
    let log = || Mock::given(method("GET")).and(path(format!("/v1/tasks/{ID}/log")));
    log()
        .and(query_param_is_missing("cursor"))
        .respond_with(page(vec![line(1, "one", json!({}))], "l1"))
        .mount(&server)
        .await;
    let second = page(vec![line(2, "two", json!({"n": 1}))], "l2");
    log().and(query_param("cursor", "l1")).respond_with(second).mount(&server).await;
    log().and(query_param("cursor", "l2")).respond_with(page(vec![], "l2")).mount(&server).await;
    server
}

#[tokio::test]
async fn a_log_is_shown_line_by_line_with_its_fields() {
    let server = server_with_log().await;
    let output = windlass(&server, &["task", "log", ID], "").await;
    assert_eq!(
        said(&output.stdout),
        "2026-11-22T20:00:00.500Z  WARN   2  one\n2026-11-22T20:00:00.500Z  WARN   2  two  {\"n\":1}\n"
    );
    let output =
        windlass(&server, &["task", "log", ID, "--json", "--level", "warn", "--attempt", "2"], "").await;
    let lines: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(lines.as_array().unwrap().len(), 2);
    let requests = server.received_requests().await.unwrap();
    let query = requests.last().unwrap().url.query().unwrap().to_owned();
    assert!(query.contains("level=warn") && query.contains("attempt=2"), "{query}");
    let output = windlass(&server, &["task", "log", ID, "--level", "loud"], "").await;
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn a_log_is_followed_until_the_task_has_ended() {
    let server = server_with_log().await;
    let get = || Mock::given(method("GET")).and(path(format!("/v1/tasks/{ID}")));
    let running = ResponseTemplate::new(200).set_body_json(task("running"));
    get().respond_with(running).up_to_n_times(3).mount(&server).await;
    get().respond_with(ResponseTemplate::new(503)).up_to_n_times(1).mount(&server).await;
    get().respond_with(ResponseTemplate::new(200).set_body_json(task("succeeded"))).mount(&server).await;
    let output = windlass(&server, &["task", "log", ID, "--follow", "--json"], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let lines: Vec<Value> =
        said(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| &line["message"]).collect::<Vec<_>>(), ["one", "two"]);
}

#[tokio::test]
async fn what_failed_is_shown_with_why_and_with_the_command_that_shows_its_log() {
    let server = MockServer::start().await;
    let mut failed = pipeline("failed", 100.0);
    failed["jobs"][0]["counts"]["failed"] = json!(1);
    Mock::given(path(format!("/v1/pipelines/{ID}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(&failed))
        .mount(&server)
        .await;
    let mut older = task("failed");
    older["ended_at"] = json!("2026-11-22T20:00:01Z");
    older["error"]["message"] = json!("older");
    Mock::given(path("/v1/tasks"))
        .and(query_param("pipeline_id", ID))
        .and(query_param("state", "failed"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"items": [older, task("failed")], "next_cursor": null})),
        )
        .mount(&server)
        .await;
    let one = ResponseTemplate::new(200).set_body_json(task("failed"));
    Mock::given(path(format!("/v1/tasks/{ID}"))).respond_with(one).mount(&server).await;
    for (arguments, code) in
        [(["pipeline", "get", ID], 0), (["pipeline", "watch", ID], 1), (["task", "get", ID], 0)]
    {
        let output = windlass(&server, &arguments, "").await;
        let shown = said(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        assert!(shown.contains("data_error: no such column"), "{shown}");
        assert!(shown.contains(&format!("windlass task log {ID}")) && !shown.contains("older"), "{shown}");
        let json = windlass(&server, &[arguments[0], arguments[1], ID, "--json"], "").await;
        serde_json::from_slice::<Value>(&json.stdout).unwrap();
    }
}
