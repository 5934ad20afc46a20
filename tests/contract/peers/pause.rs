//! Pauses in mid-run.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn a_job_paused_and_resumed_in_mid_run_can_end() {
    let app = TestApp::start().await;
    for level in ["pipeline", "job", "queue"] {
        let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
        let leased = app.lease_many("a", 2).await;
        app.complete(&leased[0]).await;
        set_paused(&app, &pipeline, level, true).await;
        app.expect_nothing_to_lease("a").await;
        app.complete(&leased[1]).await;
        set_paused(&app, &pipeline, level, false).await;
        let last = app.lease("a").await;
        set_paused(&app, &pipeline, level, true).await;
        set_paused(&app, &pipeline, level, false).await;
        app.complete(&last).await;
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded", "{level}");
    }
    app.finish().await;
}

async fn set_paused(app: &TestApp, pipeline: &Value, level: &str, paused: bool) {
    let verb = if paused { "pause" } else { "resume" };
    let resource = match level {
        "pipeline" => app.verb(&path_of(pipeline), verb).await,
        "job" => app.verb(&app.job_path(pipeline, "a").await, verb).await,
        _ => app.patch("/v1/queues/a", json!({"paused": paused})).await.expect(200),
    };
    assert_eq!(resource["paused"], paused);
}

#[tokio::test]
async fn a_report_is_accepted_while_paused() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({"tasks": [{}, {}], "retry": {"initial_delay_seconds": 0}})),
        job("join", json!({"depends_on": ["a"], "tasks": []})),
        job("b", json!({"depends_on": ["join"]})),
        job("never", json!({"depends_on": [{"job": "a", "when": "failed"}]})),
    ]);
    let pipeline = app.submit(jobs).await;
    let leased = app.lease_many("a", 2).await;
    app.verb(&path_of(&pipeline), "pause").await;
    app.report(&leased[0], "heartbeat", json!({})).await.expect(200);
    app.report(&leased[0], "progress", json!({"current": 1})).await.expect(200);
    assert_eq!(app.fail(&leased[1]).await["state"], "queued");
    app.expect_nothing_to_lease("a").await;
    app.complete(&leased[0]).await;
    app.verb(&path_of(&pipeline), "resume").await;
    let again = app.lease("a").await;
    app.verb(&path_of(&pipeline), "pause").await;
    app.complete(&again).await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued, join succeeded, never skipped");
    app.expect_nothing_to_lease("b").await;
    app.verb(&path_of(&pipeline), "resume").await;
    app.succeed("b").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}
