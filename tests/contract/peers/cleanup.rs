//! A failure and the clean-up behind it.

use serde_json::json;
use windlass_tests::{TestApp, job};

#[tokio::test]
async fn a_failed_job_leaves_the_cleanup_that_waits_for_finished_to_run() {
    let app = TestApp::start().await;
    for fail_fast in [false, true] {
        let clean_up = job("clean-up", json!({"depends_on": [{"job": "a", "when": "finished"}]}));
        let jobs = json!([job("a", json!({})), clean_up]);
        let pipeline = app.submit_with(json!({"name": "test", "fail_fast": fail_fast, "jobs": jobs})).await;
        app.fail_for_good("a").await;
        assert_eq!(app.states(&pipeline).await, "running: a failed, clean-up queued");
        app.succeed("clean-up").await;
        assert_eq!(app.states(&pipeline).await, "failed: a failed, clean-up succeeded");
    }
    app.finish().await;
}
