//! Rule 4: when and how a pipeline ends.

use serde_json::json;
use windlass_tests::{TestApp, job, time_of};

#[tokio::test]
async fn a_pipeline_succeeds_when_every_job_has() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.succeed("b").await;
    let pipeline = app.pipeline(&pipeline).await;
    assert_eq!(pipeline["state"], "succeeded");
    assert!(time_of(&pipeline, "ended_at") >= time_of(&pipeline, "started_at"));
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_fails_when_its_last_job_has_ended_not_before() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    let running = app.pipeline(&pipeline).await;
    assert_eq!((&running["state"], &running["ended_at"]), (&json!("running"), &json!(null)));
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_failure_that_is_allowed_makes_the_pipeline_partial() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"allow_failure": true})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "partial: a failed, b succeeded");
    let pipeline = app.submit(json!([job("a", json!({"allow_failure": true}))])).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "partial: a failed");
    app.finish().await;
}

#[tokio::test]
async fn one_failure_that_is_not_allowed_outweighs_those_that_are() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"allow_failure": true})), job("b", json!({})), job("c", json!({}))]))
        .await;
    app.fail_for_good("b").await;
    app.fail_for_good("a").await;
    app.succeed("c").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b failed, c succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_skipped_below_an_allowed_failure_makes_the_pipeline_partial() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"allow_failure": true})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({}))
        ]))
        .await;
    app.succeed("c").await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "partial: a failed, b skipped, c succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_branch_not_taken_does_not_spoil_success() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("repair", json!({"depends_on": [{"job": "a", "when": "failed"}]}))
        ]))
        .await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, repair skipped");
    app.finish().await;
}

#[tokio::test]
async fn what_hangs_below_a_branch_not_taken_is_not_taken_either() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("repair", json!({"depends_on": [{"job": "a", "when": "failed"}]})),
            job("check", json!({"depends_on": ["repair"]})),
            job("both", json!({"depends_on": ["a", {"job": "check", "when": "finished"}]})),
            job("again", json!({"depends_on": [{"job": "both", "when": "failed"}]})),
        ]))
        .await;
    app.succeed("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: a succeeded, again skipped, both skipped, check skipped, repair skipped"
    );
    app.finish().await;
}

#[tokio::test]
async fn an_always_edge_runs_below_a_branch_not_taken() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("repair", json!({"depends_on": [{"job": "a", "when": "failed"}]})),
            job("report", json!({"depends_on": [{"job": "repair", "when": "always"}]})),
        ]))
        .await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, repair skipped, report queued");
    app.succeed("report").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_failed_edge_of_a_job_skipped_after_an_allowed_failure_is_no_branch_not_taken() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"allow_failure": true})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": [{"job": "b", "when": "failed"}]})),
        ]))
        .await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "partial: a failed, b skipped, c skipped");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_repaired_an_allowed_failure_is_partial() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"allow_failure": true})),
            job("repair", json!({"depends_on": [{"job": "a", "when": "failed"}]}))
        ]))
        .await;
    app.fail_for_good("a").await;
    app.succeed("repair").await;
    assert_eq!(app.states(&pipeline).await, "partial: a failed, repair succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_of_join_nodes_alone_succeeds_as_it_is_created() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": []})), job("b", json!({"depends_on": ["a"], "tasks": []}))]))
        .await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    assert_eq!(pipeline["state"], "succeeded");
    assert!(pipeline["ended_at"].is_string() && pipeline["started_at"].is_string(), "{pipeline}");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_runs_from_its_first_lease_or_its_first_ended_job() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("join", json!({"tasks": []})), job("a", json!({"depends_on": ["join"]}))]))
        .await;
    assert_eq!(app.states(&pipeline).await, "running: a queued, join succeeded");
    assert!(app.pipeline(&pipeline).await["started_at"].is_string());
    let other = app.submit(json!([job("b", json!({}))])).await;
    assert_eq!(app.states(&other).await, "pending: b queued");
    let task = app.lease("b").await;
    assert_eq!(app.states(&other).await, "running: b running");
    app.report(&task, "release", json!({})).await.expect(200);
    assert_eq!(app.states(&other).await, "running: b running");
    app.finish().await;
}
