//! Tasks that record, and what they have recorded.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, job};

/// A leased task of a job of its own.
pub(super) async fn leased(app: &TestApp) -> Value {
    app.submit(json!([job("a", json!({}))])).await;
    app.lease("a").await
}

/// An outcome that says no more than it has to.
pub(super) fn outcome(subject: &str, disposition: &str) -> Value {
    json!({"subject": subject, "disposition": disposition})
}

/// So many outcomes of subjects `s-0`, `s-1`, …
pub(super) fn many(count: usize) -> Value {
    (0..count).map(|number| outcome(&format!("s-{number}"), "succeeded")).collect()
}

pub(super) async fn record(app: &TestApp, leased: &Value, outcomes: Value) -> Answer {
    app.report(leased, "outcomes", json!({"outcomes": outcomes})).await
}

/// The same under an `Idempotency-Key`.
pub(super) async fn record_once(app: &TestApp, leased: &Value, key: &str, outcomes: Value) -> Answer {
    let path = format!("/v1/tasks/{}/outcomes", leased["id"].as_str().unwrap());
    let body = json!({"lease_token": leased["lease_token"], "outcomes": outcomes});
    app.calls(None).post_once(&path, key, body).await
}

/// All outcomes of a filter, newest first.
pub(super) async fn list(app: &TestApp, filter: &str) -> Vec<Value> {
    app.walk(&format!("/v1/outcomes?{filter}")).await
}

/// Their subjects, kinds and dispositions, as `subject/kind disposition`.
pub(super) fn told(outcomes: &[Value]) -> Vec<String> {
    let text = |outcome: &Value, member: &str| outcome[member].as_str().unwrap().to_owned();
    let one = |outcome: &Value| {
        let [subject, kind, disposition] =
            ["subject", "kind", "disposition"].map(|member| text(outcome, member));
        format!("{subject}/{kind} {disposition}")
    };
    outcomes.iter().map(one).collect()
}

/// The filter for all outcomes of a task.
pub(super) fn of_task(leased: &Value) -> String {
    format!("task_id={}", leased["id"].as_str().unwrap())
}

/// The filter for all outcomes of its job.
pub(super) fn of_job(leased: &Value) -> String {
    format!("job_id={}", leased["job_id"].as_str().unwrap())
}

/// The counts that a task's job shows.
pub(super) async fn counts(app: &TestApp, leased: &Value) -> Value {
    let path = format!("/v1/jobs/{}", leased["job_id"].as_str().unwrap());
    app.get(&path).await.expect(200)["outcomes"].clone()
}
