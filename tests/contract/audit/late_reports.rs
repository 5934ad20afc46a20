//! Late reports, stored as evidence among the attempts.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, eventually, job, time_of};

use super::attempts::{attempts, outcomes};

/// A task whose first lease, of `host-1`, has expired; returns that lease.
async fn expired(app: &TestApp) -> Value {
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let leased = app.dequeue(json!({"types": ["a"], "worker_id": "host-1"})).await.remove(0);
    app.advance(61).await;
    eventually("the lease is ended", || async {
        (app.task(&leased).await["state"] == "queued").then_some(())
    })
    .await;
    leased
}

#[tokio::test]
async fn a_late_completion_is_refused_and_stored_as_evidence() {
    let app = TestApp::start().await;
    let first = expired(&app).await;
    app.report(&first, "complete", json!({"result": {"late": true}})).await.problem(409, "lease_lost");
    let second = app.dequeue(json!({"types": ["a"], "worker_id": "host-2"})).await.remove(0);
    app.report(&second, "complete", json!({"result": "good"})).await.expect(200);
    let listed = attempts(&app, &first).await;
    assert_eq!(outcomes(&listed), [(1, "failed"), (1, "late"), (2, "succeeded")]);
    let late = &listed[1];
    assert_eq!((&late["worker_id"], &late["detail"]["result"]), (&json!("host-1"), &json!({"late": true})));
    assert!(time_of(late, "ended_at") >= time_of(&listed[0], "ended_at"));
    assert_eq!(app.task(&first).await["result"], "good");
    app.finish().await;
}

#[tokio::test]
async fn a_late_failure_and_a_late_release_are_stored_too_in_order_of_arrival() {
    let app = TestApp::start().await;
    let first = expired(&app).await;
    let second = app.dequeue(json!({"types": ["a"], "worker_id": "host-2"})).await.remove(0);
    app.complete(&second).await;
    let error = json!({"category": "unknown", "message": "late"});
    app.report(&first, "fail", json!({"error": error})).await.problem(409, "lease_lost");
    app.report(&first, "release", json!({"delay_seconds": 7})).await.problem(409, "lease_lost");
    let listed = attempts(&app, &first).await;
    assert_eq!(outcomes(&listed), [(1, "failed"), (2, "succeeded"), (1, "late"), (1, "late")]);
    assert_eq!(listed[2]["detail"]["error"]["message"], "late");
    assert_eq!(listed[3]["detail"]["delay_seconds"], 7);
    app.finish().await;
}

#[tokio::test]
async fn another_verb_after_an_accepted_report_is_late() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.complete(&leased).await;
    app.complete(&leased).await;
    let error = json!({"error": {"category": "unknown", "message": "after all"}});
    app.report(&leased, "fail", error).await.problem(409, "lease_lost");
    assert_eq!(outcomes(&attempts(&app, &leased).await), [(1, "succeeded"), (1, "late")]);
    app.finish().await;
}

#[tokio::test]
async fn a_report_after_a_cancel_is_late() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.verb(&format!("/v1/pipelines/{}", leased["pipeline_id"].as_str().unwrap()), "cancel").await;
    app.report(&leased, "complete", json!({"result": 1})).await.problem(409, "lease_lost");
    assert_eq!(outcomes(&attempts(&app, &leased).await), [(1, "cancelled"), (1, "late")]);
    app.finish().await;
}

#[tokio::test]
async fn heartbeats_refused_bodies_and_tokens_that_never_were_leave_no_evidence() {
    let app = TestApp::start().await;
    let mut first = expired(&app).await;
    app.report(&first, "heartbeat", json!({})).await.problem(409, "lease_lost");
    app.report(&first, "progress", json!({"current": 1})).await.problem(409, "lease_lost");
    assert_eq!(app.report(&first, "complete", json!({"reslut": 1})).await.invalid(), ["/reslut"]);
    first["lease_token"] = json!(Uuid::now_v7());
    app.report(&first, "complete", json!({})).await.problem(409, "lease_lost");
    assert_eq!(outcomes(&attempts(&app, &first).await), [(1, "failed")]);
    app.finish().await;
}

#[tokio::test]
async fn late_items_of_a_batch_are_stored_too() {
    let app = TestApp::start().await;
    let first = expired(&app).await;
    let item = json!({"id": first["id"], "lease_token": first["lease_token"], "result": "late"});
    let results = app.post("/v1/tasks/complete", json!({"tasks": [item]})).await.expect(200);
    assert_eq!(results["results"][0]["problem"]["code"], "lease_lost");
    let listed = attempts(&app, &first).await;
    assert_eq!(outcomes(&listed), [(1, "failed"), (1, "late")]);
    assert_eq!(listed[1]["detail"]["result"], "late");
    app.finish().await;
}
