//! Run again from here.

use serde_json::json;
use windlass_tests::TestApp;

use super::submit;
use super::worker::{run_all, run_but};

const TYPES: [&str; 3] = ["extract", "transform", "load"];

#[tokio::test]
async fn from_a_job_on_all_runs_again_and_what_came_before_stays() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "run-again-from-here").await;
    assert_eq!(run_all(&app, &TYPES).await, TYPES);
    let path = app.job_path(&pipeline, "transform").await;
    app.post(&format!("{path}/retry"), json!({"scope": "all", "descendants": true})).await.expect(200);
    assert_eq!(run_all(&app, &TYPES).await, ["transform", "load"]);
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: extract succeeded, load succeeded, transform succeeded"
    );
    for (key, attempts) in [("extract", 1), ("transform", 2), ("load", 2)] {
        let task = app.tasks(&app.job(&pipeline, key).await).await.remove(0);
        assert_eq!(task["attempt"], attempts, "{key}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_failed_comes_back_with_what_was_skipped_because_of_it() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "run-again-from-here").await;
    assert_eq!(run_but(&app, &TYPES, "transform").await, ["extract", "transform"]);
    assert_eq!(app.states(&pipeline).await, "failed: extract succeeded, load skipped, transform failed");
    app.verb(&format!("/v1/pipelines/{}", windlass_tests::id(&pipeline)), "retry").await;
    assert_eq!(run_all(&app, &TYPES).await, ["transform", "load"]);
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: extract succeeded, load succeeded, transform succeeded"
    );
    app.finish().await;
}
