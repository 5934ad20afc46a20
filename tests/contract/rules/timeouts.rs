//! Rule 6: an attempt that runs past its job's `timeout_seconds`, heartbeats or not.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job};

async fn ended(app: &TestApp, task: &Value) -> Value {
    eventually("the attempt is ended", || async {
        let task = app.task(task).await;
        (task["state"] != "running").then_some(task)
    })
    .await
}

#[tokio::test]
async fn an_attempt_that_runs_past_the_timeout_ends_despite_heartbeats() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit(json!([job("a", json!({"timeout_seconds": 100, "retry": {"max_attempts": 1}}))])).await;
    let leased = app.lease("a").await;
    app.advance(50).await;
    app.report(&leased, "heartbeat", json!({"lease_seconds": 10_000})).await.expect(200);
    app.advance(51).await;
    let task = ended(&app, &leased).await;
    assert_eq!((&task["state"], &task["error"]["category"]), (&json!("failed"), &json!("timeout")));
    let problem = app.report(&leased, "heartbeat", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "failed");
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn progress_does_not_carry_an_attempt_past_the_timeout() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"timeout_seconds": 100, "retry": {"max_attempts": 1}}))])).await;
    let leased = app.lease("a").await;
    app.advance(59).await;
    app.report(&leased, "progress", json!({"current": 99, "total": 100})).await.expect(200);
    app.advance(42).await;
    assert_eq!(ended(&app, &leased).await["error"]["category"], "timeout");
    app.finish().await;
}

#[tokio::test]
async fn the_timeout_counts_for_each_attempt_anew() {
    let app = TestApp::start().await;
    app.submit(json!([job(
        "a",
        json!({"timeout_seconds": 100, "lease_seconds": 1_000, "retry": {"initial_delay_seconds": 0}})
    )]))
    .await;
    let first = app.lease("a").await;
    app.advance(101).await;
    assert_eq!(ended(&app, &first).await["state"], "queued");
    let second = app.lease("a").await;
    assert_eq!(second["attempt"], 2);
    app.advance(90).await;
    assert_eq!(app.complete(&second).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn timeout_may_be_non_retryable() {
    let app = TestApp::start().await;
    let further = json!({"timeout_seconds": 10, "retry": {"non_retryable": ["timeout"]}});
    app.submit(json!([job("a", further)])).await;
    let leased = app.lease("a").await;
    app.advance(11).await;
    let task = ended(&app, &leased).await;
    assert_eq!((&task["state"], &task["error"]["category"]), (&json!("failed"), &json!("timeout")));
    app.finish().await;
}

#[tokio::test]
async fn a_lease_that_expires_before_the_timeout_is_lease_expired() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"timeout_seconds": 1_000, "retry": {"max_attempts": 1}}))])).await;
    let leased = app.lease("a").await;
    app.advance(61).await;
    assert_eq!(ended(&app, &leased).await["error"]["category"], "lease_expired");
    app.finish().await;
}
