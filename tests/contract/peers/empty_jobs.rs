//! Jobs without tasks: those that never get any, and those whose tasks are still to come.

use serde_json::json;
use windlass_tests::{TestApp, job};

#[tokio::test]
async fn an_empty_job_never_blocks_what_waits_for_it() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("join-1", json!({"depends_on": ["a"], "tasks": []})),
            job("join-2", json!({"depends_on": ["join-1", "a"], "tasks": []})),
            job("b", json!({"depends_on": ["join-2"]})),
            job("not", json!({"depends_on": [{"job": "join-2", "when": "failed"}], "tasks": []})),
        ]))
        .await;
    app.succeed("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "running: a succeeded, b queued, join-1 succeeded, join-2 succeeded, not skipped"
    );
    let join = app.job(&pipeline, "join-2").await;
    assert!(join["opened_at"].is_string() && join["ended_at"].is_string(), "{join}");
    assert_eq!(join["counts"]["total"], 0);
    app.finish().await;
}

#[tokio::test]
async fn a_job_is_not_done_before_its_tasks_came() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({"sealed": false})), job("b", json!({"depends_on": ["a"]}))]);
    let pipeline = app.submit(jobs).await;
    let path = app.job_path(&pipeline, "a").await;
    assert_eq!(app.states(&pipeline).await, "pending: a queued, b pending");
    for _ in 0..2 {
        app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.expect(201);
        app.succeed("a").await;
        assert_eq!(app.states(&pipeline).await, "running: a running, b pending");
    }
    let sealed = app.verb(&path, "seal").await;
    assert_eq!((&sealed["state"], &sealed["sealed"]), (&json!("succeeded"), &json!(true)));
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.finish().await;
}
