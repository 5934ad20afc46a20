//! What tests of schedules have in common.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, eventually};

/// `PUT` with a JSON body.
pub(super) async fn put(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.send(app.request(Method::PUT, path).json(body)).await
}

/// A template whose pipelines have one job `a`, and say in their metadata for which run they were made.
pub(super) async fn template(app: &TestApp, name: &str) {
    let run = ["scheduled_at", "scheduled_local", "timezone", "schedule", "name", "version"];
    let metadata: serde_json::Map<String, Value> =
        run.iter().map(|member| ((*member).to_owned(), json!(format!("{{{{ run.{member} }}}}")))).collect();
    let body = json!({
        "parameters": {"properties": {"size": {"type": "integer", "default": 1}}},
        "pipeline": {"name": "made", "metadata": metadata,
            "jobs": [{"key": "a", "type": "a", "payload": {"size": "{{ size }}"}}]}
    });
    let answer = put(app, &format!("/v1/templates/{name}"), &body).await;
    assert!([200, 201].contains(&answer.status), "{}", answer.text);
}

/// Puts a schedule of the template `t`, with further members.
pub(super) async fn schedule(app: &TestApp, name: &str, further: Value) -> Value {
    let answer = put(app, &format!("/v1/schedules/{name}"), &body(further)).await;
    assert!([200, 201].contains(&answer.status), "{}", answer.text);
    answer.json()
}

/// The body of such a PUT.
pub(super) fn body(further: Value) -> Value {
    let mut body = json!({"template": {"name": "t"}});
    let Value::Object(further) = further else { panic!("{further} is no object") };
    body.as_object_mut().unwrap().extend(further);
    body
}

/// A server with a template `t` and a schedule `s` that runs every hour, with further members.
pub(super) async fn hourly(further: Value) -> TestApp {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let Value::Object(further) = further else { panic!("{further} is no object") };
    let mut every = json!({"every_seconds": 3_600});
    every.as_object_mut().unwrap().extend(further);
    schedule(&app, "s", every).await;
    app
}

/// A schedule as it is now.
pub(super) async fn get(app: &TestApp, name: &str) -> Value {
    app.get(&format!("/v1/schedules/{name}")).await.expect(200)
}

/// Its runs, newest first.
pub(super) async fn runs(app: &TestApp, name: &str) -> Vec<Value> {
    app.walk(&format!("/v1/schedules/{name}/runs?limit=500")).await
}

/// Its outcomes, newest first, once there are so many runs.
pub(super) async fn outcomes(app: &TestApp, name: &str, count: usize) -> Vec<String> {
    eventually(&format!("{name} has {count} runs"), || async {
        let runs = runs(app, name).await;
        (runs.len() >= count).then(|| runs.iter().map(|run| text(&run["outcome"])).collect())
    })
    .await
}

/// Its runs once the newest has this outcome and there are so many.
pub(super) async fn runs_until(app: &TestApp, name: &str, count: usize, newest: &str) -> Vec<Value> {
    eventually(&format!("{name} has {count} runs, the newest {newest}"), || async {
        let runs = runs(app, name).await;
        (runs.len() == count && runs[0]["outcome"] == newest).then_some(runs)
    })
    .await
}

/// The pipeline of a run.
pub(super) async fn pipeline_of(app: &TestApp, run: &Value) -> Value {
    app.get(&format!("/v1/pipelines/{}", text(&run["pipeline_id"]))).await.expect(200)
}

#[track_caller]
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
