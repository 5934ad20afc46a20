//! An approval gate.

use serde_json::json;
use windlass_tests::TestApp;

use super::submit;
use super::worker::run_all;

const TYPES: [&str; 3] = ["build", "approval", "deploy"];

#[tokio::test]
async fn an_approval_lets_what_waits_through() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "approval-gate").await;
    assert_eq!(run_all(&app, &TYPES).await, ["build"]);
    assert_eq!(app.states(&pipeline).await, "running: approve queued, build succeeded, deploy pending");
    let gate = app.job_path(&pipeline, "approve").await;
    app.post(&format!("{gate}/seal"), json!({"reason": "approved by Ada"})).await.expect(200);
    assert_eq!(run_all(&app, &TYPES).await, ["deploy"]);
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: approve succeeded, build succeeded, deploy succeeded"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_refusal_skips_what_waits() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "approval-gate").await;
    run_all(&app, &TYPES).await;
    let gate = app.job_path(&pipeline, "approve").await;
    app.post(&format!("{gate}/cancel"), json!({"reason": "not on a Friday"})).await.expect(200);
    assert_eq!(run_all(&app, &TYPES).await, Vec::<String>::new());
    assert_eq!(app.states(&pipeline).await, "partial: approve cancelled, build succeeded, deploy skipped");
    app.finish().await;
}
