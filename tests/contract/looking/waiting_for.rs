//! `waiting_for` of a pipeline.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

async fn why(app: &TestApp, pipeline: &Value) -> Option<String> {
    let pipeline = app.pipeline(pipeline).await;
    assert!(pipeline.as_object().unwrap().contains_key("waiting_for"));
    pipeline["waiting_for"].as_str().map(str::to_owned)
}

#[track_caller]
fn says(why: Option<&str>, words: &[&str]) {
    let why = why.unwrap_or_default();
    assert!(words.iter().all(|word| why.contains(word)) && why.ends_with('.'), "{words:?} in {why:?}");
}

#[tokio::test]
async fn a_pipeline_says_in_one_sentence_why_it_does_not_go_on() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    says(why(&app, &pipeline).await.as_deref(), &["Job a", "worker", "type a", "5 minutes"]);
    app.patch("/v1/queues/a", json!({"paused": true, "reason": "disk is full"})).await.expect(200);
    says(why(&app, &pipeline).await.as_deref(), &["paused", "disk is full", "queue, a"]);
    app.patch("/v1/queues/a", json!({"paused": false, "max_running": 0})).await.expect(200);
    app.expect_nothing_to_lease("a").await;
    eventually("the worker is known", || async {
        let why = why(&app, &pipeline).await?;
        why.contains("max_running is 0").then_some(())
    })
    .await;
    app.patch("/v1/queues/a", json!({"max_running": null})).await.expect(200);
    assert_eq!(why(&app, &pipeline).await, None, "it is in line");
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    app.verb(&path, "pause").await;
    says(why(&app, &pipeline).await.as_deref(), &["pipeline is paused"]);
    app.verb(&path, "resume").await;
    let of_job = app.job_path(&pipeline, "a").await;
    app.verb(&of_job, "pause").await;
    says(why(&app, &pipeline).await.as_deref(), &["Job a is paused"]);
    app.verb(&of_job, "resume").await;
    let leased = app.lease("a").await;
    assert_eq!(why(&app, &pipeline).await, None, "it runs");
    app.report(&leased, "release", json!({"delay_seconds": 1000})).await.expect(200);
    app.succeed("a").await;
    says(why(&app, &pipeline).await.as_deref(), &["Job a", "to be due"]);
    app.verb(&path, "cancel").await;
    assert_eq!(why(&app, &pipeline).await, None, "it has ended");
    app.finish().await;
}

#[tokio::test]
async fn what_waits_for_a_time_or_for_a_seal_says_so() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let delayed = app.submit(json!([job("a", json!({"run_at": run_at}))])).await;
    says(why(&app, &delayed).await.as_deref(), &["Job a waits for its time, 20"]);
    let gate = app.submit(json!([job("gate", json!({"sealed": false}))])).await;
    says(why(&app, &gate).await.as_deref(), &["Job gate", "seals it"]);
    let open = app.submit_with(json!({"name": "n", "sealed": false, "jobs": []})).await;
    says(why(&app, &open).await.as_deref(), &["pipeline takes more jobs", "seals it"]);
    app.finish().await;
}

#[tokio::test]
async fn only_a_pipeline_that_is_asked_for_says_it() {
    let app = TestApp::start().await;
    let created = app.submit(json!([job("a", json!({}))])).await;
    let listed = app.walk("/v1/pipelines").await;
    let paused = app.verb(&format!("/v1/pipelines/{}", id(&created)), "pause").await;
    for pipeline in [&created, &listed[0], &paused] {
        assert!(!pipeline.as_object().unwrap().contains_key("waiting_for"), "{pipeline}");
    }
    app.finish().await;
}
