//! `POST /v1/jobs/{id}/retry`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

#[tokio::test]
async fn a_retry_of_a_job_reopens_its_pipeline_and_the_descendants_skipped_because_of_it() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": ["b"]})),
            job("clean-up", json!({"depends_on": [{"job": "a", "when": "finished"}]})),
            job("other", json!({})),
        ]))
        .await;
    app.fail_for_good("other").await;
    app.fail_for_good("a").await;
    app.succeed("clean-up").await;
    assert_eq!(
        app.states(&pipeline).await,
        "failed: a failed, b skipped, c skipped, clean-up succeeded, other failed"
    );
    let path = app.job_path(&pipeline, "a").await;
    let again = app.post(&format!("{path}/retry"), json!({"reason": "fixed"})).await.expect(200);
    assert_eq!((&again["state"], &again["ended_at"]), (&json!("queued"), &Value::Null));
    assert_eq!(
        app.job_states(&pipeline).await,
        "a queued, b pending, c pending, clean-up succeeded, other failed"
    );
    assert_eq!(app.pipeline(&pipeline).await["ended_at"], Value::Null);
    for kind in ["a", "b", "c"] {
        app.succeed(kind).await;
    }
    assert_eq!(
        app.states(&pipeline).await,
        "failed: a succeeded, b succeeded, c succeeded, clean-up succeeded, other failed"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_retry_of_a_job_runs_the_tasks_that_did_not_succeed_and_scope_all_runs_all() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    app.succeed("a").await;
    app.fail_for_good("a").await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "retry").await;
    let again = app.lease_many("a", 5).await;
    assert_eq!(again.len(), 2);
    for task in &again {
        app.complete(task).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.post(&format!("{path}/retry"), json!({"scope": "failed"})).await.problem(409, "illegal_transition");
    app.post(&format!("{path}/retry"), json!({"scope": "all"})).await.expect(200);
    let again = app.lease_many("a", 5).await;
    assert_eq!(again.len(), 3);
    for task in &again {
        app.complete(task).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_of_a_job_that_would_run_nothing_or_cannot_run_is_refused() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("join", json!({"tasks": []}))
        ]))
        .await;
    let running = app.job_path(&pipeline, "a").await;
    assert_eq!(
        app.post_empty(&format!("{running}/retry")).await.problem(409, "illegal_transition")["state"],
        "queued"
    );
    app.fail_for_good("a").await;
    let before = app.pipeline(&pipeline).await;
    for (key, state) in [("b", "skipped"), ("join", "succeeded")] {
        let path = app.job_path(&pipeline, key).await;
        for scope in ["failed", "all"] {
            let answer = app.post(&format!("{path}/retry"), json!({"scope": scope})).await;
            assert_eq!(answer.problem(409, "illegal_transition")["state"], state, "{key} {scope}");
        }
    }
    assert_eq!(app.pipeline(&pipeline).await, before);
    app.finish().await;
}

#[tokio::test]
async fn a_job_skipped_by_hand_can_be_retried() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "skip").await;
    assert_eq!(app.states(&pipeline).await, "cancelled: a skipped, b skipped");
    app.verb(&path, "retry").await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending");
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_can_be_retried_while_its_pipeline_still_runs() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "retry").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "running: a queued, b succeeded");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}
