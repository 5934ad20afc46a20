//! `GET /v1/jobs` and its filters.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn keys(mut items: Vec<Value>) -> Vec<String> {
    items.sort_by_key(|item| item["key"].as_str().unwrap().to_owned());
    items.iter().map(|item| item["key"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn jobs_are_listed_by_pipeline_type_and_state() {
    let app = TestApp::start().await;
    let first = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": [{"job": "a", "when": "failed"}]}))
        ]))
        .await;
    let second = app.submit(json!([{"key": "x", "type": "a"}, {"key": "y", "type": "y"}])).await;
    app.succeed("a").await;
    app.lease("y").await;
    for (query, expected) in [
        (String::new(), vec!["a", "b", "c", "x", "y"]),
        (format!("pipeline_id={}", id(&first)), vec!["a", "b", "c"]),
        (format!("pipeline_id={}", id(&second)), vec!["x", "y"]),
        ("type=a".to_owned(), vec!["a", "x"]),
        ("state=queued".to_owned(), vec!["b", "x"]),
        ("state=running".to_owned(), vec!["y"]),
        ("state=succeeded".to_owned(), vec!["a"]),
        ("state=skipped".to_owned(), vec!["c"]),
        ("state=failed".to_owned(), vec![]),
        (format!("type=a&state=queued&pipeline_id={}", id(&second)), vec!["x"]),
        (format!("type=a&state=queued&pipeline_id={}", id(&first)), vec![]),
    ] {
        assert_eq!(keys(app.walk(&format!("/v1/jobs?limit=2&{query}")).await), expected, "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_state_of_a_job_can_be_asked_for() {
    let app = TestApp::start().await;
    for state in ["pending", "queued", "running", "succeeded", "failed", "cancelled", "skipped"] {
        assert_eq!(app.get(&format!("/v1/jobs?state={state}")).await.expect(200)["items"], json!([]));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_listed_job_is_the_job() {
    let app = TestApp::start().await;
    let made =
        app.post("/v1/jobs", json!({"type": "a", "payload": [1], "metadata": {"m": 1}})).await.expect(201);
    assert_eq!(app.walk("/v1/jobs").await, [made]);
    app.finish().await;
}
