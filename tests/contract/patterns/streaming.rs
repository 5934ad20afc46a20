//! Streaming between jobs.

use serde_json::json;
use windlass_tests::{TestApp, eventually};

use super::submit;
use super::worker::run_all;

const REST: [&str; 2] = ["hash-file", "write-report"];

#[tokio::test]
async fn what_is_found_is_worked_on_while_the_search_goes_on() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "streaming").await;
    let scan = app.lease("scan-tree").await;
    let tasks = format!("{}/tasks", app.job_path(&pipeline, "hash").await);
    app.post(&tasks, json!({"tasks": [{"payload": "a.bin"}, {"payload": "b.bin"}]})).await.expect(201);
    assert_eq!(run_all(&app, &REST).await, ["hash", "hash"]);
    assert_eq!(app.states(&pipeline).await, "running: hash running, report pending, scan running");
    let last = json!({"add_tasks": [{"job": "hash", "tasks": [{"payload": "z.bin"}], "seal": true}]});
    app.report(&scan, "complete", last).await.expect(200);
    assert_eq!(run_all(&app, &REST).await, ["hash", "report"]);
    assert_eq!(app.states(&pipeline).await, "succeeded: hash succeeded, report succeeded, scan succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_search_that_fails_leaves_nobody_waiting() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "streaming").await;
    let scan = app.lease("scan-tree").await;
    app.fail_with(&scan, json!({"retry": "never"})).await;
    eventually("the pipeline has ended", || async {
        (app.pipeline(&pipeline).await["state"] == "failed").then_some(())
    })
    .await;
    assert_eq!(run_all(&app, &REST).await, Vec::<String>::new());
    app.finish().await;
}
