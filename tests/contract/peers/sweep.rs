//! What the sweeper leaves alone, and what its times count from.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

/// Leases a task of type `marker` that has run out already, and waits until the sweeper has ended it: by then it has seen all that is due.
async fn let_the_sweeper_look(app: &TestApp) {
    let retry = json!({"max_attempts": 1});
    app.submit(json!([job("marker", json!({"lease_seconds": 1, "retry": retry}))])).await;
    let marker = app.lease("marker").await;
    app.advance(2).await;
    state_of(app, &marker, "failed").await;
}

async fn state_of(app: &TestApp, task: &Value, state: &str) {
    eventually(state, || async { (app.task(task).await["state"] == state).then_some(()) }).await;
}

#[tokio::test]
async fn the_sweep_leaves_jobs_of_a_paused_pipeline_alone_and_burns_no_retry() {
    let app = TestApp::start().await;
    let retry = json!({"initial_delay_seconds": 0});
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}], "retry": retry}))])).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let leased = app.lease("a").await;
    app.verb(&path, "pause").await;
    let_the_sweeper_look(&app).await;
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!((&counts["running"], &counts["queued"]), (&json!(1), &json!(1)));
    // The lease that runs out is an attempt that failed; whatever waits then, waits for as long as it must.
    app.advance(61).await;
    state_of(&app, &leased, "queued").await;
    app.advance(10_000).await;
    let_the_sweeper_look(&app).await;
    app.expect_nothing_to_lease("a").await;
    let tasks = app.tasks(&app.job(&pipeline, "a").await).await;
    let attempts: Vec<_> = tasks.iter().map(|task| task["attempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 0]);
    app.verb(&path, "resume").await;
    let again: Vec<_> = app.lease_many("a", 2).await.iter().map(|task| task["attempt"].clone()).collect();
    assert_eq!(again, [1, 2], "what was tried before waits behind the others");
    app.finish().await;
}

#[tokio::test]
async fn expiry_counts_from_the_lease_not_from_the_creation() {
    let app = TestApp::start().await;
    let further =
        json!({"lease_seconds": 1_000, "timeout_seconds": 1_500, "retry": {"initial_delay_seconds": 0}});
    app.submit(json!([job("a", further)])).await;
    app.advance(100_000).await;
    let first = app.lease("a").await;
    app.advance(900).await;
    let_the_sweeper_look(&app).await;
    assert_eq!(app.task(&first).await["state"], "running");
    app.advance(101).await;
    state_of(&app, &first, "queued").await;
    app.advance(100_000).await;
    let second = app.lease("a").await;
    assert_eq!(second["attempt"], 2);
    app.advance(900).await;
    let_the_sweeper_look(&app).await;
    app.report(&second, "heartbeat", json!({})).await.expect(200);
    app.advance(500).await;
    let_the_sweeper_look(&app).await;
    assert_eq!(app.complete(&second).await["attempt"], 2);
    app.finish().await;
}
