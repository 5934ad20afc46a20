//! Branch and join.

use windlass_tests::TestApp;

use super::submit;
use super::worker::run_but;

const TYPES: [&str; 4] = ["check-file", "load-file", "move-file", "send-mail"];

#[tokio::test]
async fn one_branch_is_taken_and_the_join_follows_it_if_it_succeeds() {
    for (failing, ran, states) in [
        (
            "none",
            &["check", "load", "notify"][..],
            "succeeded: check succeeded, load succeeded, notify succeeded, quarantine skipped",
        ),
        (
            "check",
            &["check", "quarantine", "notify"],
            "partial: check failed, load skipped, notify succeeded, quarantine succeeded",
        ),
        (
            "load",
            &["check", "load"],
            "failed: check succeeded, load failed, notify skipped, quarantine skipped",
        ),
    ] {
        let app = TestApp::start().await;
        let pipeline = submit(&app, "branch-and-join").await;
        assert_eq!(run_but(&app, &TYPES, failing).await, ran);
        assert_eq!(app.states(&pipeline).await, states);
        app.finish().await;
    }
}
