//! Events of schedules.

use serde_json::{Value, json};
use windlass_tests::eventually;

use super::support::{hourly, schedule, text};

#[tokio::test]
async fn made_paused_resumed_and_deleted_are_in_the_audit() {
    let app = hourly(json!({})).await;
    app.post("/v1/schedules/s/pause", json!({"reason": "why"})).await.expect(200);
    app.verb("/v1/schedules/s", "pause").await;
    app.verb("/v1/schedules/s", "resume").await;
    schedule(&app, "s", json!({"every_seconds": 60, "paused": true})).await;
    app.delete("/v1/schedules/s").await.has(204);
    schedule(&app, "other", json!({"every_seconds": 3_600})).await;
    let events = app.walk_events("?schedule=s").await;
    let told: Vec<_> = events.iter().map(|event| (text(&event["to"]), event["flag"].clone())).collect();
    let expected = [
        ("created".to_owned(), Value::Null),
        ("paused".to_owned(), json!("paused")),
        ("resumed".to_owned(), json!("resumed")),
        ("paused".to_owned(), json!("paused")),
        ("deleted".to_owned(), Value::Null),
    ];
    assert_eq!(told, expected, "what holds already changes nothing");
    for event in &events {
        assert_eq!((&event["entity"], &event["schedule"]), (&json!("schedule"), &json!("s")));
        assert_eq!((&event["pipeline_id"], &event["job_id"]), (&Value::Null, &Value::Null));
    }
    assert_eq!((&events[0]["from"], &events[1]["reason"]), (&Value::Null, &json!("why")));
    app.finish().await;
}

#[tokio::test]
async fn every_event_has_schedule_and_the_list_is_narrowed_by_it() {
    let app = hourly(json!({})).await;
    app.submit(json!([{"key": "x", "type": "x"}])).await;
    let all = app.walk_events("").await;
    assert!(all.iter().all(|event| event.get("schedule").is_some()));
    assert_eq!(app.walk_events("?entity=schedule").await, app.walk_events("?schedule=s").await);
    assert_eq!(app.walk_events("?schedule=none").await, Vec::<Value>::new());
    app.get("/v1/events?schedule=a%20b").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn a_missed_run_is_in_the_audit_with_what_was_missed() {
    let mut app = hourly(json!({"missed": "skip"})).await;
    app.stop_last_server().await;
    app.advance(2 * 3_600 + 200).await;
    app.add_server().await;
    let event =
        eventually("it is told", || async { app.walk_events("?schedule=s&to=missed").await.pop() }).await;
    assert_eq!((&event["entity"], &event["from"]), (&json!("schedule"), &Value::Null));
    assert!(text(&event["reason"]).starts_with("missed 2 times from "), "{event}");
    app.finish().await;
}
