//! When runs are.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use windlass_tests::{TestApp, seconds_between, time_of};

use super::support::{get, hourly, outcomes, pipeline_of, runs, runs_until, schedule, template, text};

fn times(list: &Value) -> Vec<DateTime<Utc>> {
    list.as_array().unwrap().iter().map(|time| time.as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn a_run_is_made_within_two_seconds_of_its_time() {
    let app = hourly(json!({})).await;
    let due = time_of(&get(&app, "s").await, "next_run_at");
    let now: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    app.advance(u64::try_from((due - now).num_seconds()).unwrap()).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    assert_eq!(time_of(&run, "scheduled_at"), due);
    let late = seconds_between(due, time_of(&run, "started_at"));
    assert!((0.0..2.0).contains(&late), "{late}");
    assert_eq!(run["detail"], Value::Null);
    let pipeline = pipeline_of(&app, &run).await;
    assert_eq!((&pipeline["name"], &pipeline["schedule"]), (&json!("made"), &json!("s")));
    assert_eq!(pipeline["template"], json!({"name": "t", "version": 1}));
    let now = get(&app, "s").await;
    assert_eq!(now["last_run"], run);
    assert_eq!(time_of(&now, "next_run_at"), due + TimeDelta::hours(1));
    app.finish().await;
}

#[tokio::test]
async fn every_seconds_begins_one_length_after_the_creation() {
    let app = hourly(json!({})).await;
    let schedule = get(&app, "s").await;
    let first = time_of(&schedule, "created_at") + TimeDelta::hours(1);
    let expected: Vec<_> = (0..5).map(|number| first + TimeDelta::hours(number)).collect();
    assert_eq!(times(&schedule["upcoming"]), expected);
    app.finish().await;
}

#[tokio::test]
async fn a_start_ahead_is_the_first_time_and_one_in_the_past_sets_the_grid() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let ahead = app.time_in(86_400).await;
    let later = schedule(&app, "later", json!({"every_seconds": 3_600, "starts_at": ahead})).await;
    assert_eq!(times(&later["upcoming"])[0], ahead.parse::<DateTime<Utc>>().unwrap());
    let passed = json!({"every_seconds": 86_400, "starts_at": "2020-01-01T00:30:00Z"});
    let grid = schedule(&app, "grid", passed).await;
    assert!(text(&grid["next_run_at"]).ends_with("T00:30:00Z"), "{grid}");
    assert_eq!(runs(&app, "grid").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn there_is_no_run_before_starts_at_or_at_or_after_ends_at() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let start = app.time_in(3_600).await;
    let end = start.parse::<DateTime<Utc>>().unwrap() + chrono::TimeDelta::seconds(600);
    let body = json!({"every_seconds": 300, "starts_at": start, "ends_at": end, "overlap": "allow", "missed": "all"});
    let made = schedule(&app, "s", body).await;
    assert!(times(&made["upcoming"]).len() <= 2, "{made}");
    app.advance(3_600 + 601).await;
    outcomes(&app, "s", 2).await;
    let now = get(&app, "s").await;
    assert_eq!((&now["next_run_at"], &now["upcoming"]), (&Value::Null, &json!([])));
    app.advance(3_600).await;
    assert_eq!(outcomes(&app, "s", 2).await, ["created", "created"]);
    app.finish().await;
}

#[tokio::test]
async fn jitter_delays_the_start_and_leaves_the_time_as_it_is() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let body = json!({"cron": "0 * * * *", "jitter_seconds": 1_800});
    let times = schedule(&app, "s", body.clone()).await["upcoming"].clone();
    let due: DateTime<Utc> = times[0].as_str().unwrap().parse().unwrap();
    let now: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    app.advance(u64::try_from((due - now).num_seconds()).unwrap() + 1_801).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    assert_eq!(time_of(&run, "scheduled_at"), due);
    assert_eq!(schedule(&app, "s", body).await["upcoming"][0], times[1], "shown without it");
    app.finish().await;
}

#[tokio::test]
async fn the_expressions_see_the_time_and_the_local_time() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let body = json!({"cron": "0 3 * * *", "timezone": "Asia/Tokyo", "priority": "high", "metadata": {"own": "x"},
        "template": {"name": "t", "parameters": {"size": 7}}});
    schedule(&app, "s", body).await;
    let due = time_of(&get(&app, "s").await, "next_run_at");
    assert_eq!(due.format("%H:%M").to_string(), "18:00", "03:00 in Tokyo");
    app.advance(86_400).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    let pipeline = pipeline_of(&app, &run).await;
    let local = due.with_timezone(&chrono::FixedOffset::east_opt(9 * 3_600).unwrap());
    assert_eq!(
        pipeline["metadata"],
        json!({"scheduled_at": due.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            "scheduled_local": local.to_rfc3339(), "timezone": "Asia/Tokyo", "schedule": "s", "name": "t", "version": 1,
            "own": "x"})
    );
    assert_eq!((&pipeline["priority"], &pipeline["parameters"]), (&json!("high"), &json!({"size": 7})));
    app.finish().await;
}

#[tokio::test]
async fn a_version_of_null_is_the_newest_at_each_run() {
    let app = hourly(json!({"overlap": "allow"})).await;
    let newer = json!({"pipeline": {"name": "newer", "jobs": [{"key": "a", "type": "a"}]}});
    super::support::put(&app, "/v1/templates/t", &newer).await.expect(201);
    schedule(&app, "old", json!({"every_seconds": 3_600, "template": {"name": "t", "version": 1}})).await;
    app.advance(3_605).await;
    let new = runs_until(&app, "s", 1, "created").await.remove(0);
    assert_eq!(pipeline_of(&app, &new).await["template"], json!({"name": "t", "version": 2}));
    let old = runs_until(&app, "old", 1, "created").await.remove(0);
    assert_eq!(pipeline_of(&app, &old).await["template"], json!({"name": "t", "version": 1}));
    app.finish().await;
}
