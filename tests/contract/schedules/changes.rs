//! What changes of a schedule do to its times.

use chrono::TimeDelta;
use serde_json::{Value, json};
use windlass_tests::{TestApp, seconds_between, time_of};

use super::support::{get, hourly, outcomes, put, runs, runs_until, schedule, template};

#[tokio::test]
async fn a_changed_rhythm_counts_from_now_on() {
    let app = hourly(json!({})).await;
    app.advance(1_800).await;
    let changed = schedule(&app, "s", json!({"every_seconds": 7_200})).await;
    let next = time_of(&changed, "next_run_at");
    assert_eq!(next, time_of(&changed, "updated_at") + TimeDelta::hours(2));
    app.advance(3_600).await;
    let again = schedule(&app, "s", json!({"every_seconds": 7_200, "description": "the same times"})).await;
    assert_eq!(time_of(&again, "next_run_at"), next, "what is no change of times leaves them");
    assert_eq!(runs(&app, "s").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn only_times_after_the_put_count() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let body = json!({"every_seconds": 60, "starts_at": "2020-01-01T00:00:00Z", "missed": "all"});
    let made = schedule(&app, "s", body).await;
    let ahead = seconds_between(time_of(&made, "created_at"), time_of(&made, "next_run_at"));
    assert!(ahead > 0.0 && ahead <= 60.0, "{ahead}");
    app.finish().await;
}

#[tokio::test]
async fn while_paused_nothing_comes_due_and_nothing_is_made_up_afterwards() {
    let app = hourly(json!({"missed": "all"})).await;
    let paused = app.post("/v1/schedules/s/pause", json!({"reason": "holidays"})).await.expect(200);
    assert_eq!((&paused["paused"], &paused["reason"]), (&json!(true), &json!("holidays")));
    assert_eq!((&paused["next_run_at"], &paused["upcoming"]), (&Value::Null, &json!([])));
    let again = app.post("/v1/schedules/s/pause", json!({"reason": "other"})).await.expect(200);
    assert_eq!(again["reason"], "holidays", "it is paused already");
    app.advance(10 * 3_600).await;
    schedule(&app, "other", json!({"every_seconds": 10})).await;
    app.advance(11).await;
    outcomes(&app, "other", 1).await;
    let resumed = app.post_empty("/v1/schedules/s/resume").await.expect(200);
    assert_eq!((&resumed["paused"], &resumed["reason"]), (&json!(false), &Value::Null));
    assert!(time_of(&resumed, "next_run_at") > time_of(&resumed, "updated_at"));
    assert_eq!(runs(&app, "s").await, Vec::<Value>::new());
    app.advance(3_601).await;
    runs_until(&app, "s", 1, "created").await;
    app.finish().await;
}

#[tokio::test]
async fn a_changed_template_is_what_the_next_run_is_made_from() {
    let app = hourly(json!({})).await;
    let other = json!({"pipeline": {"name": "other", "jobs": [{"key": "b", "type": "b"}]}});
    put(&app, "/v1/templates/other", &other).await.expect(201);
    let next = get(&app, "s").await["next_run_at"].clone();
    schedule(&app, "s", json!({"every_seconds": 3_600, "template": {"name": "other"}})).await;
    app.advance(3_601).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    assert_eq!(run["scheduled_at"], next);
    assert_eq!(super::support::pipeline_of(&app, &run).await["name"], "other");
    app.finish().await;
}
