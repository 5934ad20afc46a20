//! `POST /v1/templates/{name}/preview`.

use serde_json::json;
use windlass_tests::TestApp;

use super::support::{failed, preview, put};

#[tokio::test]
async fn a_preview_is_the_body_that_it_would_be_and_makes_nothing() {
    let app = TestApp::start().await;
    put(&app, "t", json!({"name": "{{ a }}", "metadata": {"x": 1}, "jobs": [
        {"key": "a", "type": "t", "tasks": [{"for_each": "{{ [1, 2] }}", "payload": "{{ item }}"}]},
        {"key": "b", "type": "t", "if": "{{ false }}"}, {"key": "c", "type": "t", "depends_on": ["a", "b"]}]})).await;
    let body = app
        .post(
            "/v1/templates/t/preview",
            json!({"parameters": {"a": "n"}, "metadata": {"y": 2}, "priority": "high"}),
        )
        .await
        .expect(200);
    let expected = json!({"name": "n", "metadata": {"x": 1, "y": 2}, "jobs": [
        {"key": "a", "type": "t", "tasks": [{"payload": 1}, {"payload": 2}]},
        {"key": "c", "type": "t", "depends_on": ["a"]}], "priority": "high"});
    assert_eq!(body, expected);
    assert_eq!(app.walk("/v1/pipelines").await.len(), 0);
    app.post("/v1/pipelines", body).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn a_preview_fails_as_the_run_would() {
    let app = TestApp::start().await;
    put(&app, "t", json!({"name": "n", "jobs": [{"key": "{{ a }}", "type": "t", "payload": "{{ b }}"}]}))
        .await;
    assert_eq!(failed(&preview(&app, "t", json!({"a": "x"})).await), ["/pipeline/jobs/0/payload"]);
    assert_eq!(preview(&app, "t", json!({"a": "x y", "b": 1})).await.invalid(), ["/jobs/0/key"]);
    assert_eq!(app.post("/v1/templates/t/preview", json!({"version": 9})).await.invalid(), ["/version"]);
    preview(&app, "none", json!({})).await.problem(404, "template_not_found");
    app.finish().await;
}
