//! `POST /v1/pipelines/{id}/seal`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

async fn open_pipeline(app: &TestApp, jobs: Value) -> (Value, String) {
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs})).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    (pipeline, path)
}

#[tokio::test]
async fn an_unsealed_pipeline_waits_for_its_seal_when_all_its_jobs_have_ended() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded");
    let sealed = app.verb(&path, "seal").await;
    assert_eq!((&sealed["state"], &sealed["sealed"]), (&json!("succeeded"), &json!(true)));
    assert!(sealed["ended_at"].is_string());
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_pipeline_with_open_jobs_goes_on() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
    assert_eq!(app.verb(&path, "seal").await["state"], "pending");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn an_empty_pipeline_succeeds_as_it_is_sealed() {
    let app = TestApp::start().await;
    let (_, path) = open_pipeline(&app, json!([])).await;
    assert_eq!(app.verb(&path, "seal").await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn sealing_what_is_sealed_changes_nothing() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
    let once = app.verb(&path, "seal").await;
    assert_eq!(app.verb(&path, "seal").await, once);
    app.succeed("a").await;
    let ended = app.pipeline(&pipeline).await;
    assert_eq!(app.verb(&path, "seal").await, ended);
    app.finish().await;
}

#[tokio::test]
async fn an_unsealed_pipeline_with_a_failed_job_fails_as_it_is_sealed() {
    let app = TestApp::start().await;
    let (pipeline, path) =
        open_pipeline(&app, json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b skipped");
    assert_eq!(app.verb(&path, "seal").await["state"], "failed");
    app.finish().await;
}
