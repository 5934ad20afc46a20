//! `GET /v1/pipelines` and its filters.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn named(app: &TestApp, name: &str, further: Value) -> Value {
    let mut body = json!({"name": name, "jobs": [job(name, json!({}))]});
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    app.submit_with(body).await
}

#[tokio::test]
async fn a_list_of_pipelines_omits_their_jobs() {
    let app = TestApp::start().await;
    let pipeline = named(&app, "a", json!({})).await;
    let items = app.walk("/v1/pipelines").await;
    let mut expected = pipeline.clone();
    expected.as_object_mut().unwrap().remove("jobs");
    assert_eq!(items, [expected]);
    app.finish().await;
}

#[tokio::test]
async fn pipelines_are_listed_by_name_priority_and_correlation_id() {
    let app = TestApp::start().await;
    named(&app, "a", json!({"priority": "high", "correlation_id": "x"})).await;
    named(&app, "b", json!({"priority": "high", "correlation_id": "y"})).await;
    named(&app, "a", json!({"priority": "low", "correlation_id": "y/ü"})).await;
    for (query, expected) in [
        ("name=a", vec!["a", "a"]),
        ("name=b", vec!["b"]),
        ("name=A", vec![]),
        ("priority=high", vec!["b", "a"]),
        ("priority=medium", vec![]),
        ("correlation_id=y", vec!["b"]),
        ("correlation_id=y%2F%C3%BC", vec!["a"]),
        ("name=a&priority=high", vec!["a"]),
        ("name=b&correlation_id=x", vec![]),
        ("name=b&correlation_id=y&priority=high&state=pending", vec!["b"]),
    ] {
        assert_eq!(names(&app.walk(&format!("/v1/pipelines?{query}&limit=1")).await), expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn pipelines_are_listed_by_state() {
    let app = TestApp::start().await;
    named(&app, "pending", json!({})).await;
    named(&app, "running", json!({})).await;
    app.lease("running").await;
    named(&app, "succeeded", json!({})).await;
    app.succeed("succeeded").await;
    named(&app, "failed", json!({})).await;
    app.fail_for_good("failed").await;
    let jobs = json!([job("partial", json!({"allow_failure": true}))]);
    app.submit_with(json!({"name": "partial", "jobs": jobs})).await;
    app.fail_for_good("partial").await;
    for state in ["pending", "running", "succeeded", "failed", "partial"] {
        assert_eq!(names(&app.walk(&format!("/v1/pipelines?state={state}")).await), [state]);
    }
    assert_eq!(app.walk("/v1/pipelines?state=cancelled").await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn every_priority_is_taken_and_listed() {
    let app = TestApp::start().await;
    for priority in ["very_high", "high", "medium", "low", "very_low"] {
        let pipeline = named(&app, "a", json!({"priority": priority})).await;
        let items = app.walk(&format!("/v1/pipelines?priority={priority}")).await;
        assert_eq!((items.len(), id(&items[0])), (1, id(&pipeline)));
    }
    app.finish().await;
}
