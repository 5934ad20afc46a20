//! `POST /v1/tasks/{id}/heartbeat`.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, id, job, seconds_between, time_of};

async fn leased(app: &TestApp) -> Value {
    app.submit(json!([job("a", json!({"lease_seconds": 100}))])).await;
    app.lease("a").await
}

#[tokio::test]
async fn a_heartbeat_lets_the_present_leases_length_count_again_from_now() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    app.advance(40).await;
    let renewed = app.report(&task, "heartbeat", json!({})).await.expect(200);
    let gained = seconds_between(time_of(&task, "lease_expires_at"), time_of(&renewed, "lease_expires_at"));
    assert!((40.0..50.0).contains(&gained), "{gained}");
    assert_eq!(app.task(&task).await["lease_expires_at"], renewed["lease_expires_at"]);
    app.finish().await;
}

#[tokio::test]
async fn a_heartbeat_may_ask_for_another_length_which_is_then_the_present_one() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let longer = app.report(&task, "heartbeat", json!({"lease_seconds": 1_000})).await.expect(200);
    let gained = seconds_between(time_of(&task, "lease_expires_at"), time_of(&longer, "lease_expires_at"));
    assert!((900.0..910.0).contains(&gained), "{gained}");
    app.advance(500).await;
    let again = app.report(&task, "heartbeat", json!({})).await.expect(200);
    let gained = seconds_between(time_of(&longer, "lease_expires_at"), time_of(&again, "lease_expires_at"));
    assert!((500.0..510.0).contains(&gained), "{gained}");
    let shorter = app.report(&task, "heartbeat", json!({"lease_seconds": 1})).await.expect(200);
    assert!(time_of(&shorter, "lease_expires_at") < time_of(&again, "lease_expires_at"));
    app.finish().await;
}

#[tokio::test]
async fn the_length_a_dequeue_asked_for_is_the_present_one() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"lease_seconds": 100}))])).await;
    let task = app.dequeue(json!({"types": ["a"], "lease_seconds": 1_000})).await.remove(0);
    app.advance(500).await;
    let renewed = app.report(&task, "heartbeat", json!({})).await.expect(200);
    let gained = seconds_between(time_of(&task, "lease_expires_at"), time_of(&renewed, "lease_expires_at"));
    assert!((500.0..510.0).contains(&gained), "{gained}");
    app.finish().await;
}

#[tokio::test]
async fn a_task_with_heartbeats_keeps_its_lease_for_ever() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    for _ in 0..10 {
        app.advance(90).await;
        app.report(&task, "heartbeat", json!({})).await.expect(200);
    }
    assert_eq!(app.complete(&task).await["attempt"], 1);
    app.finish().await;
}

#[tokio::test]
async fn a_heartbeat_with_another_token_is_refused() {
    let app = TestApp::start().await;
    let mut task = leased(&app).await;
    let expires = task["lease_expires_at"].clone();
    task["lease_token"] = json!(Uuid::now_v7());
    let problem =
        app.report(&task, "heartbeat", json!({"lease_seconds": 5_000})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "running");
    assert_eq!(app.task(&task).await["lease_expires_at"], expires);
    app.finish().await;
}

#[tokio::test]
async fn a_heartbeat_after_the_end_is_refused_with_the_state() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    app.complete(&task).await;
    let problem = app.report(&task, "heartbeat", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_heartbeat_needs_a_known_task_and_a_token() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let path = format!("/v1/tasks/{}/heartbeat", id(&task));
    assert_eq!(app.post(&path, json!({})).await.invalid(), ["/lease_token"]);
    assert_eq!(app.post(&path, json!({"lease_token": 7})).await.invalid(), ["/lease_token"]);
    let unknown = format!("/v1/tasks/{}/heartbeat", Uuid::now_v7());
    app.post(&unknown, json!({"lease_token": task["lease_token"]})).await.problem(404, "task_not_found");
    app.finish().await;
}

#[tokio::test]
async fn a_token_of_one_task_is_worth_nothing_for_another() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let mut leased = app.lease_many("a", 2).await;
    let other = leased[1]["lease_token"].clone();
    leased[0]["lease_token"] = other;
    for verb in ["heartbeat", "complete", "release"] {
        app.report(&leased[0], verb, json!({})).await.problem(409, "lease_lost");
    }
    app.complete(&leased[1]).await;
    app.finish().await;
}
