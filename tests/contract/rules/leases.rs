//! Rule 6: what becomes of a lease that nobody renews.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job};

/// Waits until a task is in another state than `running`.
async fn swept(app: &TestApp, task: &Value) -> Value {
    eventually("the lease is ended", || async {
        let task = app.task(task).await;
        (task["state"] != "running").then_some(task)
    })
    .await
}

#[tokio::test]
async fn an_expired_lease_ends_as_a_failed_attempt_and_the_task_is_handed_out_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let first = app.lease("a").await;
    app.advance(61).await;
    let task = swept(&app, &first).await;
    assert_eq!(
        (&task["state"], &task["attempt"], &task["lease_expires_at"]),
        (&json!("queued"), &json!(1), &Value::Null)
    );
    let second = app.lease("a").await;
    assert_eq!((&second["id"], &second["attempt"]), (&first["id"], &json!(2)));
    app.complete(&second).await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn the_last_attempt_that_expires_fails_the_task_with_category_lease_expired() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
    let leased = app.lease("a").await;
    app.advance(61).await;
    let task = swept(&app, &leased).await;
    assert_eq!((&task["state"], &task["error"]["category"]), (&json!("failed"), &json!("lease_expired")));
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn an_expired_lease_waits_as_the_policy_says() {
    let app = TestApp::start().await;
    let policy = json!({"initial_delay_seconds": 5_000, "max_delay_seconds": 5_000, "jitter": 0});
    app.submit(json!([job("a", json!({"retry": policy}))])).await;
    let leased = app.lease("a").await;
    app.advance(61).await;
    assert_eq!(swept(&app, &leased).await["state"], "scheduled");
    app.advance(5_010).await;
    let again = eventually("the task is due", || async { app.lease_many("a", 1).await.pop() }).await;
    assert_eq!(again["attempt"], 2);
    app.finish().await;
}

#[tokio::test]
async fn lease_expired_may_be_non_retryable() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"non_retryable": ["lease_expired"]}}))])).await;
    let leased = app.lease("a").await;
    app.advance(61).await;
    let task = swept(&app, &leased).await;
    assert_eq!(
        (&task["state"], &task["attempt"], &task["max_attempts"]),
        (&json!("failed"), &json!(1), &json!(3))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_lease_that_has_not_expired_is_left_alone() {
    let app = TestApp::start().await;
    app.submit(json!([job(
        "a",
        json!({"tasks": [{}, {}], "retry": {"max_attempts": 1}, "max_failed_tasks": 1})
    )]))
    .await;
    let leased = app.lease_many("a", 2).await;
    app.advance(30).await;
    app.report(&leased[1], "heartbeat", json!({})).await.expect(200);
    app.advance(31).await;
    assert_eq!(swept(&app, &leased[0]).await["state"], "failed");
    assert_eq!(app.complete(&leased[1]).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn many_leases_that_expire_together_are_all_ended() {
    let app = TestApp::start_servers(2).await;
    let tasks = vec![json!({}); 1000];
    let pipeline =
        app.submit(json!([job("a", json!({"tasks": tasks, "retry": {"initial_delay_seconds": 0}}))])).await;
    for _ in 0..10 {
        assert_eq!(app.lease_many("a", 100).await.len(), 100);
    }
    app.advance(61).await;
    eventually("every lease is ended", || async {
        (app.job(&pipeline, "a").await["counts"]["queued"] == 1000).then_some(())
    })
    .await;
    let again = app.lease_many("a", 100).await;
    assert!(again.len() == 100 && again.iter().all(|task| task["attempt"] == 2));
    app.finish().await;
}

#[tokio::test]
async fn the_lease_of_a_server_that_is_gone_is_ended_by_another() {
    let mut app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let answer =
        app.post_to(1, "/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await.expect(200);
    app.stop_last_server().await;
    app.advance(61).await;
    assert_eq!(swept(&app, &answer["tasks"][0]).await["state"], "queued");
    app.finish().await;
}

#[tokio::test]
async fn a_lease_outlives_the_server_that_gave_it() {
    let mut app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({}))])).await;
    let answer =
        app.post_to(1, "/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await.expect(200);
    app.stop_last_server().await;
    let task = &answer["tasks"][0];
    app.report(task, "heartbeat", json!({})).await.expect(200);
    assert_eq!(app.complete(task).await["attempt"], 1);
    app.finish().await;
}
