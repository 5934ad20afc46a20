//! `POST /v1/jobs/{id}/cancel` and `/skip`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

async fn reason(app: &TestApp, pipeline: &Value, key: &str) -> String {
    app.job(pipeline, key).await["reason"].as_str().unwrap_or_default().to_owned()
}

/// A pipeline of `a` with two tasks, one of them leased, and a child for each condition; returns the lease and the path of `a`.
async fn family(app: &TestApp) -> (Value, Value, String) {
    let child = |when: &str| job(when, json!({"depends_on": [{"job": "a", "when": when}]}));
    let jobs = json!([
        job("a", json!({"tasks": [{}, {}]})),
        child("succeeded"),
        child("failed"),
        child("finished"),
        child("always")
    ]);
    let pipeline = app.submit(jobs).await;
    let leased = app.lease("a").await;
    let path = app.job_path(&pipeline, "a").await;
    (pipeline, leased, path)
}

#[tokio::test]
async fn cancel_ends_a_job_at_once_and_its_edges_resolve() {
    let app = TestApp::start().await;
    let (pipeline, leased, path) = family(&app).await;
    let cancelled = app.post(&format!("{path}/cancel"), json!({"reason": "not needed"})).await.expect(200);
    assert_eq!((&cancelled["state"], &cancelled["reason"]), (&json!("cancelled"), &json!("not needed")));
    assert_eq!((&cancelled["counts"]["cancelled"], cancelled["ended_at"].is_string()), (&json!(2), true));
    assert_eq!(
        app.states(&pipeline).await,
        "running: a cancelled, always queued, failed skipped, finished skipped, succeeded skipped"
    );
    let reason_shown = reason(&app, &pipeline, "finished").await;
    assert!(reason_shown.contains('a') && reason_shown.contains("cancelled"), "{reason_shown}");
    let problem = app.report(&leased, "complete", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "cancelled");
    app.expect_nothing_to_lease("a").await;
    app.succeed("always").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "partial");
    app.finish().await;
}

#[tokio::test]
async fn skip_ends_a_job_at_once_and_its_edges_resolve() {
    let app = TestApp::start().await;
    let (pipeline, leased, path) = family(&app).await;
    let skipped = app.post(&format!("{path}/skip"), json!({"reason": "by hand"})).await.expect(200);
    assert_eq!(
        (&skipped["state"], &skipped["reason"], &skipped["counts"]["skipped"]),
        (&json!("skipped"), &json!("by hand"), &json!(2))
    );
    assert_eq!(
        app.states(&pipeline).await,
        "running: a skipped, always queued, failed skipped, finished skipped, succeeded skipped"
    );
    let reason_shown = reason(&app, &pipeline, "succeeded").await;
    assert!(reason_shown.contains('a') && reason_shown.contains("skipped"), "{reason_shown}");
    let problem = app.report(&leased, "heartbeat", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "skipped");
    app.expect_nothing_to_lease("a").await;
    app.succeed("always").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "partial");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_whose_only_job_was_cancelled_or_skipped_by_hand_is_cancelled() {
    let app = TestApp::start().await;
    for (verb, state) in [("cancel", "cancelled"), ("skip", "skipped")] {
        let pipeline = app.submit(json!([job("a", json!({}))])).await;
        let path = app.job_path(&pipeline, "a").await;
        app.verb(&path, verb).await;
        assert_eq!(app.states(&pipeline).await, format!("cancelled: a {state}"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pending_job_can_be_cancelled_and_skipped() {
    let app = TestApp::start().await;
    for (verb, state) in [("cancel", "cancelled"), ("skip", "skipped")] {
        let jobs = json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": [{"job": "b", "when": "always"}]}))
        ]);
        let pipeline = app.submit(jobs).await;
        let path = app.job_path(&pipeline, "b").await;
        assert_eq!(app.verb(&path, verb).await["state"], state);
        assert_eq!(app.job(&pipeline, "c").await["state"], "queued");
        app.succeed("a").await;
        app.succeed("c").await;
        assert_eq!(app.states(&pipeline).await, format!("partial: a succeeded, b {state}, c succeeded"));
    }
    app.finish().await;
}

#[tokio::test]
async fn cancel_and_skip_seal_an_unsealed_job() {
    let app = TestApp::start().await;
    for verb in ["cancel", "skip"] {
        let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{}]}))])).await;
        let path = app.job_path(&pipeline, "a").await;
        assert_eq!(app.verb(&path, verb).await["sealed"], true);
        app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_has_ended_is_cancelled_and_skipped_no_more() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({})),
            job("d", json!({}))
        ]))
        .await;
    app.fail_for_good("a").await;
    let [a, b, c, d] = [
        app.job_path(&pipeline, "a").await,
        app.job_path(&pipeline, "b").await,
        app.job_path(&pipeline, "c").await,
        app.job_path(&pipeline, "d").await,
    ];
    let once = app.verb(&c, "cancel").await;
    assert_eq!(app.verb(&c, "cancel").await, once);
    let once = app.verb(&d, "skip").await;
    assert_eq!(app.verb(&d, "skip").await, once);
    for (path, verb, state) in [
        (&a, "cancel", "failed"),
        (&a, "skip", "failed"),
        (&b, "cancel", "skipped"),
        (&c, "skip", "cancelled"),
        (&d, "cancel", "skipped"),
    ] {
        let problem = app.post_empty(&format!("{path}/{verb}")).await.problem(409, "illegal_transition");
        assert_eq!(problem["state"], state);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_cancelled_job_does_not_set_off_fail_fast() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit_with(
            json!({"name": "test", "fail_fast": true, "jobs": [job("a", json!({})), job("b", json!({}))]}),
        )
        .await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "cancel").await;
    assert_eq!(app.states(&pipeline).await, "running: a cancelled, b queued");
    app.finish().await;
}

#[tokio::test]
async fn no_task_of_a_great_job_is_handed_out_after_its_cancel_has_answered() {
    let app = TestApp::start_servers(2).await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    for _ in 0..5 {
        app.post(&format!("{path}/tasks"), json!({"tasks": vec![json!({}); 10_000]})).await.expect(201);
    }
    let leased = app.lease_many("a", 100).await;
    let cancelled = app.verb(&path, "cancel").await;
    assert_eq!(
        (&cancelled["counts"]["cancelled"], &cancelled["counts"]["total"]),
        (&json!(50_000), &json!(50_000))
    );
    for server in [0, 1] {
        let answer = app
            .post_to(server, "/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"}))
            .await
            .expect(200);
        assert_eq!(answer["tasks"], json!([]));
    }
    assert_eq!(app.page("/v1/tasks?state=queued").await.0, Vec::<Value>::new());
    assert_eq!(app.page("/v1/tasks?state=cancelled").await.0.len(), 50);
    assert_eq!(app.task(&leased[99]).await["state"], "cancelled");
    app.finish().await;
}
