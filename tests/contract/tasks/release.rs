//! `POST /v1/tasks/{id}/release`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job, seconds_between, time_of};

#[tokio::test]
async fn a_released_lease_is_not_counted_as_an_attempt() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
    for _ in 0..5 {
        let leased = app.lease("a").await;
        assert_eq!(leased["attempt"], 1);
        let task = app.report(&leased, "release", json!({})).await.expect(200);
        assert_eq!((&task["state"], &task["attempt"]), (&json!("queued"), &json!(0)));
        assert!(task["lease_expires_at"].is_null() && task["ended_at"].is_null(), "{task}");
    }
    let leased = app.lease("a").await;
    assert_eq!(app.fail(&leased).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_release_after_a_failure_uncounts_only_its_own_attempt() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"max_attempts": 2, "initial_delay_seconds": 0}}))])).await;
    let first = app.lease("a").await;
    app.fail(&first).await;
    let second = app.lease("a").await;
    assert_eq!(app.report(&second, "release", json!({})).await.expect(200)["attempt"], 1);
    let third = app.lease("a").await;
    assert_eq!(third["attempt"], 2);
    assert_eq!(app.fail(&third).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_release_with_a_delay_is_scheduled_until_then() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let started = time_of(&app.task(&leased).await, "started_at");
    let task = app.report(&leased, "release", json!({"delay_seconds": 500})).await.expect(200);
    assert_eq!(task["state"], "scheduled");
    let delay = seconds_between(started, time_of(&task, "run_at"));
    assert!((500.0..510.0).contains(&delay), "{delay}");
    app.expect_nothing_to_lease("a").await;
    app.advance(510).await;
    let again =
        eventually("the released task is free again", || async { app.lease_many("a", 1).await.pop() }).await;
    assert_eq!(again["attempt"], 1);
    app.finish().await;
}

#[tokio::test]
async fn a_release_is_not_repeated_once_a_retry_by_hand_runs_its_task_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let released = app.lease("a").await;
    app.report(&released, "release", json!({})).await.expect(200);
    app.report(&released, "release", json!({})).await.expect(200);
    let path = |verb: &str| format!("/v1/pipelines/{}/{verb}", id(&pipeline));
    app.post(&path("cancel"), json!({})).await.expect(200);
    app.report(&released, "release", json!({})).await.expect(200);
    app.post(&path("retry"), json!({})).await.expect(200);
    app.report(&released, "release", json!({})).await.problem(409, "lease_lost");
    let again = app.lease("a").await;
    app.report(&released, "release", json!({})).await.problem(409, "lease_lost");
    app.report(&again, "release", json!({})).await.expect(200);
    app.report(&again, "release", json!({})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_release_answers_200_again_and_counts_once() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let first = app.lease("a").await;
    let task = app.report(&first, "release", json!({})).await.expect(200);
    assert_eq!(app.report(&first, "release", json!({"delay_seconds": 100})).await.expect(200), task);
    assert_eq!(app.job(&pipeline, "a").await["counts"]["queued"], 1);
    let second = app.lease("a").await;
    assert_eq!(second["attempt"], 1);
    app.report(&first, "release", json!({})).await.expect(200);
    assert_eq!(app.task(&second).await["state"], "running");
    app.complete(&second).await;
    app.finish().await;
}

#[tokio::test]
async fn another_verb_with_the_token_of_a_release_is_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.report(&leased, "release", json!({})).await.expect(200);
    let error = json!({"error": {"category": "unknown", "message": "it broke"}});
    for (verb, body) in [
        ("complete", json!({})),
        ("fail", error),
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
    ] {
        let problem = app.report(&leased, verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "queued", "{verb}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_release_takes_only_its_own_fields() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    assert_eq!(app.report(&leased, "release", json!({"delay": 1})).await.invalid(), ["/delay"]);
    assert_eq!(
        app.report(&leased, "release", json!({"delay_seconds": "1", "reason": "x"})).await.invalid(),
        ["/delay_seconds", "/reason"]
    );
    assert_eq!(app.lease_many("a", 1).await, Vec::<Value>::new());
    app.complete(&leased).await;
    app.finish().await;
}
