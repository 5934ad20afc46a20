//! What the server of these tests answers.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Two ids that begin alike, and one that does not.
pub(crate) const ONE: &str = "0194aaaa-1111-7000-8000-000000000001";
pub(crate) const TWO: &str = "0194bbbb-1111-7000-8000-000000000002";
pub(crate) const LONG: &str = "a name that is much longer than what any terminal of eighty columns has room for, and goes on and on, \
     so that it has to be cut on a terminal of one hundred and sixty columns as well";
pub(crate) const KEY: &str =
    "a-key-that-is-as-long-as-keys-may-be-but-for-a-few-characters-since-one-hundred-are-allowed-for-it";
pub(crate) const TRACE: &str = "Traceback (most recent call last):\n  File \"scan.py\", line 7, in scan\n    raise ValueError(path)\nValueError: /data";

/// A server that answers each path with a body.
pub(crate) async fn server<const N: usize>(answers: [(&str, Value); N]) -> MockServer {
    let server = MockServer::start().await;
    for (at, body) in answers {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&server).await;
    }
    server
}

pub(crate) fn page(items: &[Value]) -> Value {
    json!({"items": items, "next_cursor": null})
}

/// Of a job whose tasks are scheduled, queued, succeeded and failed in these numbers.
fn counts([scheduled, queued, succeeded, failed]: [u64; 4]) -> Value {
    json!({"pending": 0, "scheduled": scheduled, "queued": queued, "running": 0, "succeeded": succeeded, "failed": failed,
           "cancelled": 0, "skipped": 0, "total": scheduled + queued + succeeded + failed})
}

pub(crate) fn job(id: &str, key: &str, state: &str, counted: [u64; 4]) -> Value {
    json!({
        "id": id, "pipeline_id": ONE, "key": key, "type": "hash-files", "state": state, "paused": false,
        "sealed": true, "depends_on": [], "reason": null, "join": "all",
        "retry": {"max_attempts": 3, "initial_delay_seconds": 1, "factor": 2, "max_delay_seconds": 300,
                  "jitter": 0.2, "non_retryable": []},
        "lease_seconds": 60, "timeout_seconds": null, "max_failed_tasks": 0, "fail_fast": true,
        "allow_failure": false, "run_at": null, "counts": counts(counted), "progress": {"percent": if state == "running" { 50 } else { 100 }},
        "created_at": "2026-11-22T20:00:00Z", "opened_at": null, "started_at": null, "ended_at": null,
        "payload": null, "metadata": {}
    })
}

pub(crate) fn pipeline(id: &str, name: &str, state: &str, jobs: &[Value]) -> Value {
    json!({
        "id": id, "name": name, "state": state, "paused": false, "sealed": true, "cancelling": false,
        "priority": "medium", "correlation_id": "c", "metadata": {}, "fail_fast": false, "reason": null,
        "progress": {"percent": 50}, "created_at": "2026-11-22T20:00:00Z", "started_at": null,
        "ended_at": null, "deadline_at": null, "traceparent": null, "tracestate": null, "jobs": jobs,
    })
}

pub(crate) fn task(id: &str, state: &str) -> Value {
    json!({
        "id": id, "job_id": ONE, "pipeline_id": ONE, "type": KEY, "state": state, "payload": LONG,
        "metadata": {}, "attempt": 1, "max_attempts": 3, "run_at": null, "progress": null, "result": null,
        "checkpoint": null, "error": error(), "worker_id": LONG, "lease_expires_at": null,
        "created_at": "2026-11-22T20:00:00Z", "started_at": "2026-11-22T20:00:00Z", "ended_at": "2026-11-22T20:00:01Z",
    })
}

pub(crate) fn error() -> Value {
    json!({"category": "data_error", "message": "cannot read /data/7", "detail": {"traceback": TRACE}})
}

pub(crate) fn event(id: &str, entity: &str, of: [Option<&str>; 3]) -> Value {
    let [pipeline, job, task] = of;
    json!({
        "id": id, "at": "2026-11-22T20:00:00Z", "entity": entity, "pipeline_id": pipeline, "job_id": job, "task_id": task,
        "from": "pending", "to": "running", "flag": null, "reason": LONG, "attempt": null, "worker_id": null,
        "actor": "server", "correlation_id": "c", "type": null, "caller": null, "caller_id": null, "key_id": null,
        "webhook_id": null, "template": null, "schedule": null,
    })
}

pub(crate) fn found(entity: &str, id: &str, key: Option<&str>) -> Value {
    json!({"entity": entity, "id": id, "pipeline_id": ONE, "name": "nightly", "key": key, "type": key.map(|_| "hash-files")})
}
