//! What all of them need.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp};

/// A body of one job with this payload.
pub(crate) fn with_payload(payload: impl Into<Value>) -> Value {
    json!({"name": "n", "jobs": [{"key": "a", "type": "t", "payload": payload.into()}]})
}

/// Puts a template that takes any parameters.
pub(crate) async fn put(app: &TestApp, name: &str, pipeline: Value) -> Value {
    let template = json!({"parameters": {"additionalProperties": true}, "pipeline": pipeline});
    let answer = app.put(&format!("/v1/templates/{name}"), template).await;
    assert!([200, 201].contains(&answer.status), "{}", answer.text);
    answer.json()
}

/// Runs a template with these parameters.
pub(crate) async fn run(app: &TestApp, name: &str, parameters: Value) -> Answer {
    app.post(&format!("/v1/templates/{name}/pipelines"), json!({"parameters": parameters})).await
}

/// What a template would be with these parameters.
pub(crate) async fn preview(app: &TestApp, name: &str, parameters: Value) -> Answer {
    app.post(&format!("/v1/templates/{name}/preview"), json!({"parameters": parameters})).await
}

/// The pointers of a rendering that failed.
#[track_caller]
pub(crate) fn failed(answer: &Answer) -> Vec<String> {
    windlass_tests::pointers(&answer.problem(422, "render_failed"))
}
