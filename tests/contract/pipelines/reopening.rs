//! What a retry brings back, and what it does not, in pipelines that ended in tangled ways.

use serde_json::{Value, json};
use windlass_tests::{LONG, TestApp, eventually, id, job};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

async fn count(app: &TestApp, state: &str) -> usize {
    app.walk(&format!("/v1/tasks?state={state}&limit=500")).await.len()
}

#[tokio::test]
async fn a_retry_of_one_job_of_a_cancelled_pipeline_makes_it_partial() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "retry").await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b cancelled");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "partial: a succeeded, b cancelled");
    app.finish().await;
}

#[tokio::test]
async fn a_descendant_with_another_failed_parent_is_skipped_again_and_the_pipeline_ends() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("x", json!({})),
            job("b", json!({"depends_on": ["a", "x"]})),
            job("c", json!({"depends_on": ["b"]})),
        ]))
        .await;
    app.fail_for_good("a").await;
    app.fail_for_good("x").await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "retry").await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a succeeded, b skipped, c skipped, x failed");
    let reason = app.job(&pipeline, "b").await["reason"].to_string();
    assert!(reason.contains('x') && reason.contains("failed"), "{reason}");
    let path = app.job_path(&pipeline, "x").await;
    app.verb(&path, "retry").await;
    for kind in ["x", "b", "c"] {
        app.succeed(kind).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, c succeeded, x succeeded");
    app.finish().await;
}

#[tokio::test]
async fn what_stays_skipped_for_another_reason_than_the_failure_that_is_mended_is_a_branch_not_taken() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({})),
            job("repair", json!({"depends_on": ["a", {"job": "b", "when": "failed"}]})),
            job("after", json!({"depends_on": ["repair"]})),
        ]))
        .await;
    app.fail_for_good("a").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, after skipped, b succeeded, repair skipped");
    app.verb(&path_of(&pipeline), "retry").await;
    let reason = app.job(&pipeline, "repair").await["reason"].to_string();
    assert!(reason.contains('b') && reason.contains("succeeded"), "{reason}");
    app.succeed("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: a succeeded, after skipped, b succeeded, repair skipped"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_failed_fast_runs_again_what_was_cancelled_and_keeps_its_clean_up() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("b", json!({})),
        job("join", json!({"depends_on": ["a", "b"], "tasks": []})),
        job("clean-up", json!({"depends_on": [{"job": "a", "when": "always"}]})),
    ]);
    let pipeline = app.submit_with(json!({"name": "test", "fail_fast": true, "jobs": jobs})).await;
    app.fail_for_good("a").await;
    app.succeed("clean-up").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.verb(&path_of(&pipeline), "retry").await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b queued, clean-up succeeded, join pending");
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: a succeeded, b succeeded, clean-up succeeded, join succeeded"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_fails_fast_does_so_again_after_a_retry() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("b", json!({}))]);
    let pipeline = app.submit_with(json!({"name": "test", "fail_fast": true, "jobs": jobs})).await;
    for _ in 0..3 {
        app.fail_for_good("a").await;
        assert_eq!(app.states(&pipeline).await, "failed: a failed, b cancelled");
        app.verb(&path_of(&pipeline), "retry").await;
    }
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn results_are_those_of_the_present_run() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    for leased in app.lease_many("a", 2).await {
        app.report(&leased, "complete", json!({"result": "old"})).await.expect(200);
    }
    app.post(&format!("{}/retry", path_of(&pipeline)), json!({"scope": "all"})).await.expect(200);
    let results = format!("{}/jobs/a/results", path_of(&pipeline));
    assert_eq!(app.walk(&results).await, Vec::<Value>::new());
    let leased = app.lease("a").await;
    app.report(&leased, "complete", json!({"result": "new"})).await.expect(200);
    assert_eq!(json!(app.walk(&results).await), json!([{"task_id": leased["id"], "result": "new"}]));
    let percent = app.pipeline(&pipeline).await["progress"]["percent"].as_f64().unwrap();
    assert!((percent - 50.0).abs() < 0.01, "{percent}");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_wakes_waiting_dequeues_on_every_server() {
    let app = TestApp::start_servers(2).await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    let begun = std::time::Instant::now();
    let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 60});
    let waiting = [0, 1].map(|server| app.post_to(server, "/v1/tasks/dequeue", asked.clone()));
    let retry = async {
        app.get("/v1/tasks").await.expect(200);
        app.verb(&path_of(&pipeline), "retry").await;
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(waiting), retry);
    for answer in answers {
        assert_eq!(answer.expect(200)["tasks"].as_array().unwrap().len(), 1);
    }
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test]
async fn lists_show_the_state_of_the_present_run_however_often_it_was_cancelled_and_retried() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"tasks": vec![json!({}); 700]})),
            job("b", json!({"depends_on": ["a"]}))
        ]))
        .await;
    for round in 0..4 {
        let leased = app.lease_many("a", 3).await;
        assert_eq!(leased.len(), 3);
        app.verb(&path_of(&pipeline), "cancel").await;
        assert_eq!((count(&app, "cancelled").await, count(&app, "queued").await), (701, 0), "round {round}");
        app.verb(&path_of(&pipeline), "retry").await;
        assert_eq!(
            [
                count(&app, "cancelled").await,
                count(&app, "queued").await,
                count(&app, "pending").await,
                count(&app, "running").await
            ],
            [0, 700, 1, 0],
            "round {round}"
        );
        assert_eq!(app.job(&pipeline, "a").await["counts"]["queued"], 700);
        assert_eq!(app.task(&leased[0]).await["state"], "queued");
    }
    let mut attempts = Vec::new();
    for _ in 0..7 {
        attempts.extend(app.lease_many("a", 100).await.iter().map(|task| task["attempt"].as_u64().unwrap()));
    }
    assert_eq!(attempts.len(), 700);
    // Twelve leases were granted before, each to some task; none is lost and none counted twice.
    assert_eq!(attempts.iter().sum::<u64>(), 700 + 12);
    app.expect_nothing_to_lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn a_task_that_was_scheduled_when_its_pipeline_was_cancelled_runs_after_a_retry() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let policy = json!({"initial_delay_seconds": 2_000, "max_delay_seconds": 2_000, "jitter": 0});
    let pipeline =
        app.submit(json!([job("a", json!({"retry": policy, "tasks": [{}, {"run_at": run_at}]}))])).await;
    let leased = app.lease("a").await;
    app.fail(&leased).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    app.verb(&path_of(&pipeline), "retry").await;
    app.advance(2_001).await;
    let mut leased = Vec::new();
    while leased.len() < 2 {
        leased.push(eventually("both are free", || async { app.lease_many("a", 1).await.pop() }).await);
    }
    for task in &leased {
        app.complete(task).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_queue_counts_rightly_through_cancel_retry_and_delete() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    app.lease("a").await;
    let shows = async |queued: u64, running: u64| {
        eventually(&format!("{queued} queued and {running} running"), || async {
            let queue = app.get("/v1/queues/a").await.expect(200);
            (queue["queued"] == queued && queue["running"] == running).then_some(())
        })
        .await;
    };
    shows(2, 1).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    shows(0, 0).await;
    app.verb(&path_of(&pipeline), "retry").await;
    shows(3, 0).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    app.delete(&path_of(&pipeline)).await.has(204);
    shows(0, 0).await;
    app.finish().await;
}
