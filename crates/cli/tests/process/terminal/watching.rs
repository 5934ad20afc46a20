//! Watching a pipeline: why nothing moves, why it failed, and bars that tell the truth.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::answers::{self, ONE, TWO, page};
use super::screen::WIDTHS;
use super::{both, on_terminal, server};

/// A server whose pipeline is so for some looks, and then otherwise.
async fn changing(first: (Value, u64), then: Value) -> MockServer {
    let server = MockServer::start().await;
    let get = || Mock::given(method("GET")).and(path(format!("/v1/pipelines/{ONE}")));
    let (body, looks) = first;
    get()
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .up_to_n_times(looks)
        .mount(&server)
        .await;
    get().respond_with(ResponseTemplate::new(200).set_body_json(then)).mount(&server).await;
    server
}

async fn failed_tasks(server: &MockServer) {
    let failed = answers::task(TWO, "failed");
    Mock::given(path("/v1/tasks"))
        .and(query_param("state", "failed"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page(&[failed])))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_failure_says_why_and_its_bar_is_neither_full_nor_green() {
    let running = answers::job(ONE, "hash", "running", [0, 1, 3, 0]);
    let failed = answers::job(ONE, "hash", "failed", [0, 0, 3, 1]);
    let cancelled = answers::job(TWO, "report", "cancelled", [0, 0, 0, 0]);
    let before = answers::pipeline(ONE, "nightly", "running", &[running]);
    let after = answers::pipeline(ONE, "nightly", "failed", &[failed, cancelled]);
    for width in WIDTHS {
        let server = changing((before.clone(), 2), after.clone()).await;
        failed_tasks(&server).await;
        let shown = on_terminal(width, Some(&server), &["pipeline", "watch", ONE]).await;
        assert_eq!(shown.code, Some(1), "{}", shown.text());
        shown.has("nightly  running  50%").has("hash").has("50%  running");
        shown.has("hash failed").has("data_error: cannot read /data/7").has("ValueError: /data");
        shown.has(&format!("windlass task log {TWO}"));
        shown.has(&format!("pipeline {ONE} ended failed: hash: data_error: cannot read /data/7"));
        let bars: Vec<&str> = shown.raw.lines().filter(|line| line.contains("failed  4/4 tasks")).collect();
        assert!(!bars.is_empty(), "{}", shown.raw);
        for bar in bars {
            assert!(bar.contains("\u{1b}[31m") && !bar.contains("\u{1b}[32m"), "{bar:?}");
            assert!(bar.contains(" 75%") && !bar.contains("100%"), "{bar:?}");
        }
        let bars: Vec<&str> = shown.raw.lines().filter(|line| line.contains("cancelled")).collect();
        assert!(
            bars.iter().all(|bar| !bar.contains("\u{1b}[32m") && !bar.contains("100%  cancelled")),
            "{bars:?}"
        );
    }
}

#[tokio::test]
async fn what_has_succeeded_is_green_and_full() {
    let after = answers::job(ONE, "hash", "succeeded", [0, 0, 4, 0]);
    let at = format!("/v1/pipelines/{ONE}");
    let server = server([(&at, answers::pipeline(ONE, "nightly", "succeeded", &[after]))]).await;
    for shown in both(&server, &["pipeline", "watch", ONE]).await {
        assert_eq!(shown.code, Some(0), "{}", shown.text());
        assert!(
            shown.raw.contains("\u{1b}[32m") && shown.text().contains("100%  succeeded"),
            "{}",
            shown.raw
        );
    }
}

#[tokio::test]
async fn a_retry_that_waits_is_shown_with_its_time() {
    let waits = answers::job(ONE, "hash", "running", [1, 0, 3, 0]);
    let done = answers::job(ONE, "hash", "succeeded", [0, 0, 4, 0]);
    let before = answers::pipeline(ONE, "nightly", "running", &[waits]);
    let server = changing((before, 8), answers::pipeline(ONE, "nightly", "succeeded", &[done])).await;
    let mut task = answers::task(TWO, "scheduled");
    task["run_at"] = json!("2126-11-22T20:00:00Z");
    Mock::given(path("/v1/tasks"))
        .and(query_param("state", "scheduled"))
        .and(query_param("job_id", ONE))
        .respond_with(ResponseTemplate::new(200).set_body_json(page(&[task])))
        .mount(&server)
        .await;
    for shown in both(&server, &["pipeline", "watch", ONE]).await {
        let line = shown.text();
        let line = line.lines().find(|line| line.contains("1 retry waits"));
        assert!(line.is_some(), "{}", shown.text());
        if shown.width > 80 {
            shown.has("1 retry waits after data_error, the next in ");
        }
    }
}

#[tokio::test]
async fn a_type_that_no_worker_asks_for_is_named_after_five_seconds() {
    let waits = answers::job(ONE, "hash", "queued", [0, 4, 0, 0]);
    let done = answers::job(ONE, "hash", "succeeded", [0, 0, 4, 0]);
    // They come every 250 ms at the most.
    let before = answers::pipeline(ONE, "nightly", "running", &[waits]);
    let server = || {
        changing(
            (before.clone(), 28),
            answers::pipeline(ONE, "nightly", "succeeded", std::slice::from_ref(&done)),
        )
    };
    let queue = json!({"type": "hash-files", "paused": false, "max_running": null, "queued": 4, "scheduled": 0, "running": 0,
                       "oldest_queued_seconds": 5.0, "workers": 0, "reason": null, "paused_by": null, "paused_at": null});
    for width in WIDTHS {
        let server = server().await;
        Mock::given(path("/v1/queues/hash-files"))
            .respond_with(ResponseTemplate::new(200).set_body_json(&queue))
            .mount(&server)
            .await;
        let shown = on_terminal(width, Some(&server), &["pipeline", "watch", ONE]).await;
        shown.has("no worker asks for hash-files");
        assert!(shown.took.as_secs() >= 5, "{:?}", shown.took);
    }
}
