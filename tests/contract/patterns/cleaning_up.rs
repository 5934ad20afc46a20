//! Clean-up that always runs.

use serde_json::json;
use windlass_tests::{TestApp, id};

use super::submit;
use super::worker::{run_all, run_but};

const TYPES: [&str; 4] = ["start-machine", "run-tests", "publish-report", "stop-machine"];

#[tokio::test]
async fn it_cleans_up_after_success_and_after_each_failure() {
    for (failing, ran, states) in [
        (
            "none",
            "allocate test publish clean-up",
            "succeeded: allocate succeeded, clean-up succeeded, publish succeeded, test succeeded",
        ),
        (
            "publish",
            "allocate test publish clean-up",
            "failed: allocate succeeded, clean-up succeeded, publish failed, test succeeded",
        ),
        (
            "test",
            "allocate test clean-up",
            "failed: allocate succeeded, clean-up succeeded, publish skipped, test failed",
        ),
    ] {
        let app = TestApp::start().await;
        let pipeline = submit(&app, "clean-up").await;
        assert_eq!(run_but(&app, &TYPES, failing).await.join(" "), ran, "{failing}");
        assert_eq!(app.states(&pipeline).await, states);
        app.finish().await;
    }
}

#[tokio::test]
async fn it_cleans_up_after_a_cancel_with_clean_up() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "clean-up").await;
    app.succeed("start-machine").await;
    app.lease("run-tests").await;
    let cancel = format!("/v1/pipelines/{}/cancel", id(&pipeline));
    assert_eq!(app.post(&cancel, json!({"clean_up": true})).await.expect(200)["cancelling"], true);
    assert_eq!(run_all(&app, &TYPES).await, ["clean-up"]);
    let states = "cancelled: allocate succeeded, clean-up succeeded, publish cancelled, test cancelled";
    assert_eq!(app.states(&pipeline).await, states);
    app.finish().await;
}

#[tokio::test]
async fn where_nothing_was_allocated_nothing_is_cleaned_up() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "clean-up").await;
    assert_eq!(run_but(&app, &TYPES, "allocate").await, ["allocate"]);
    let states = app.states(&pipeline).await;
    assert!(states.starts_with("failed: allocate failed, clean-up skipped"), "{states}");
    app.finish().await;
}
