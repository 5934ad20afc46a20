//! `add_tasks` to jobs that have ended: the one who did the work is not refused for what befell the job.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, job};

/// A pipeline of `scan`, leased, and of `hash` with one task.
async fn scanning(app: &TestApp, hash: Value) -> (Value, Value) {
    let pipeline = app.submit(json!([job("scan", json!({})), job("hash", hash)])).await;
    let scan = app.lease("scan").await;
    (pipeline, scan)
}

async fn add(app: &TestApp, scan: &Value, tasks: usize, seal: bool) -> Answer {
    let add = json!([{"job": "hash", "tasks": vec![json!({}); tasks], "seal": seal}]);
    app.report(scan, "complete", json!({"add_tasks": add})).await
}

/// Ends `hash` like this.
async fn end(app: &TestApp, pipeline: &Value, state: &str) {
    let path = app.job_path(pipeline, "hash").await;
    match state {
        "failed" => drop(app.fail_for_good("hash").await),
        "cancelled" => drop(app.verb(&path, "cancel").await),
        _ => drop(app.verb(&path, "skip").await),
    }
}

#[tokio::test]
async fn tasks_added_to_a_job_that_ended_otherwise_than_well_share_its_end_and_come_back_with_its_retry() {
    let app = TestApp::start().await;
    for sealed in [json!(true), json!(false), json!("on_open")] {
        for (state, shared) in [("failed", "cancelled"), ("cancelled", "cancelled"), ("skipped", "skipped")] {
            // More than what is added under the lock of the job, and fewer.
            for tasks in [2, 101] {
                let (pipeline, scan) = scanning(&app, json!({"sealed": sealed, "tasks": [{}]})).await;
                end(&app, &pipeline, state).await;
                assert_eq!(add(&app, &scan, tasks, false).await.expect(200)["state"], "succeeded");
                let hash = app.job(&pipeline, "hash").await;
                assert_eq!((&hash["state"], &hash["counts"]["total"]), (&json!(state), &json!(tasks + 1)));
                let ended = app
                    .walk(&format!(
                        "/v1/tasks?job_id={}&state={shared}&limit=500",
                        hash["id"].as_str().unwrap()
                    ))
                    .await;
                assert_eq!(ended.len(), tasks + usize::from(state != "failed"), "{state}");
                assert!(ended.iter().all(|task| task["ended_at"].is_string()));
                app.verb(&app.job_path(&pipeline, "hash").await, "retry").await;
                assert_eq!(app.job(&pipeline, "hash").await["counts"]["queued"], tasks + 1);
                assert_eq!(app.lease_many("hash", 100).await.len(), (tasks + 1).min(100));
                app.verb(&app.job_path(&pipeline, "hash").await, "cancel").await;
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_has_succeeded_or_is_open_and_sealed_takes_no_tasks() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({"tasks": [{}]})).await;
    add(&app, &scan, 1, false).await.problem(409, "job_sealed");
    app.succeed("hash").await;
    add(&app, &scan, 1, false).await.problem(409, "job_sealed");
    assert_eq!(app.task(&scan).await["state"], "running");
    assert_eq!(app.job(&pipeline, "hash").await["counts"]["total"], 1);
    app.complete(&scan).await;
    app.finish().await;
}

#[tokio::test]
async fn no_tasks_and_a_seal_change_nothing_of_a_sealed_job() {
    let app = TestApp::start().await;
    for (hash, ended) in [
        (json!({"tasks": [{}]}), false),
        (json!({"sealed": "on_open", "tasks": [{}]}), false),
        (json!({"tasks": [{}]}), true),
    ] {
        let (pipeline, scan) = scanning(&app, hash).await;
        if ended {
            app.succeed("hash").await;
        }
        let before = app.job(&pipeline, "hash").await;
        add(&app, &scan, 0, true).await.expect(200);
        assert_eq!(app.job(&pipeline, "hash").await, before);
        app.verb(&app.job_path(&pipeline, "hash").await, if ended { "seal" } else { "cancel" }).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_seal_that_a_completion_puts_on_after_the_end_counts_when_the_job_comes_back() {
    let app = TestApp::start().await;
    for seal in [false, true] {
        let (pipeline, scan) = scanning(&app, json!({"sealed": false})).await;
        let path = app.job_path(&pipeline, "hash").await;
        app.verb(&path, "cancel").await;
        add(&app, &scan, 1, seal).await.expect(200);
        assert_eq!(app.verb(&path, "retry").await["sealed"], seal);
        app.succeed("hash").await;
        assert_eq!(app.job(&pipeline, "hash").await["state"], if seal { "succeeded" } else { "running" });
    }
    app.finish().await;
}
