//! `run_at`: of a task, and of a job.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job};

async fn due(app: &TestApp) -> Value {
    eventually("the task is due", || async { app.lease_many("a", 1).await.pop() }).await
}

#[tokio::test]
async fn a_task_whose_run_at_is_ahead_is_scheduled_and_free_when_it_is_due() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{"run_at": run_at}]}))])).await;
    let task = app.tasks(&app.job(&pipeline, "a").await).await.remove(0);
    assert_eq!((&task["state"], &task["run_at"].is_string()), (&json!("scheduled"), &true));
    app.expect_nothing_to_lease("a").await;
    app.advance(990).await;
    app.expect_nothing_to_lease("a").await;
    app.advance(11).await;
    let leased = due(&app).await;
    assert_eq!((&leased["id"], &leased["attempt"]), (&task["id"], &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn a_task_whose_run_at_has_passed_is_queued() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit(json!([job("a", json!({"tasks": [{"run_at": "2020-01-01T00:00:00Z"}]}))])).await;
    assert_eq!(app.tasks(&app.job(&pipeline, "a").await).await[0]["state"], "queued");
    app.lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn due_tasks_come_oldest_first() {
    let app = TestApp::start().await;
    let mut tasks = Vec::new();
    for seconds in [300, 100, 200] {
        tasks.push(json!({"payload": seconds, "run_at": app.time_in(seconds).await}));
    }
    let pipeline = app.submit(json!([job("a", json!({"tasks": tasks}))])).await;
    app.advance(1_000).await;
    eventually("all are due", || async {
        (app.job(&pipeline, "a").await["counts"]["queued"] == 3).then_some(())
    })
    .await;
    let payloads: Vec<_> = app.lease_many("a", 3).await.iter().map(|task| task["payload"].clone()).collect();
    assert_eq!(json!(payloads), json!([100, 200, 300]));
    app.finish().await;
}

#[tokio::test]
async fn a_scheduled_task_of_a_pending_job_is_due_when_both_its_job_is_open_and_its_time_has_come() {
    let app = TestApp::start().await;
    let run_at = app.time_in(100).await;
    let below = job("a", json!({"depends_on": ["first"], "tasks": [{"run_at": run_at}]}));
    let pipeline = app.submit(json!([job("first", json!({})), below])).await;
    let job = app.job(&pipeline, "a").await;
    assert_eq!(app.tasks(&job).await[0]["state"], "pending");
    app.advance(101).await;
    app.expect_nothing_to_lease("a").await;
    assert_eq!(app.tasks(&job).await[0]["state"], "pending");
    app.succeed("first").await;
    due(&app).await;
    app.finish().await;
}

#[tokio::test]
async fn a_job_whose_run_at_is_ahead_hands_nothing_out_until_then() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let pipeline = app.submit(json!([job("a", json!({"run_at": run_at, "tasks": [{}, {}]}))])).await;
    app.expect_nothing_to_lease("a").await;
    app.advance(990).await;
    app.expect_nothing_to_lease("a").await;
    app.advance(11).await;
    due(&app).await;
    app.lease("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a running");
    app.finish().await;
}

#[tokio::test]
async fn a_jobs_run_at_counts_whether_it_opens_before_or_after() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let early = job("early", json!({}));
    let below = job("a", json!({"depends_on": ["early"], "run_at": run_at}));
    app.submit(json!([early, below])).await;
    app.succeed("early").await;
    app.expect_nothing_to_lease("a").await;
    app.advance(1_001).await;
    due(&app).await;
    app.submit(json!([job("late", json!({})), job("a", json!({"depends_on": ["late"], "run_at": run_at}))]))
        .await;
    app.expect_nothing_to_lease("a").await;
    app.succeed("late").await;
    due(&app).await;
    app.finish().await;
}

#[tokio::test]
async fn a_great_backlog_of_due_tasks_becomes_free_in_batches() {
    let app = TestApp::start_servers(2).await;
    let run_at = app.time_in(1_000).await;
    let pipeline =
        app.submit(json!([job("a", json!({"tasks": vec![json!({"run_at": run_at}); 5_000]}))])).await;
    app.advance(1_001).await;
    eventually("all are due", || async {
        (app.job(&pipeline, "a").await["counts"]["queued"] == 5_000).then_some(())
    })
    .await;
    assert_eq!(app.lease_many("a", 100).await.len(), 100);
    app.finish().await;
}
