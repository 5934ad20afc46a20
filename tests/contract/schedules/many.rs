//! Many schedules, and several servers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use windlass_tests::{TestApp, eventually, seconds_between, time_of};

use super::support::{body, put, runs_until, template, text};

const SCHEDULES: usize = 100;

#[tokio::test]
async fn a_hundred_that_are_due_at_once_are_under_way_within_two_seconds_each_once() {
    let app = TestApp::start_servers(2).await;
    template(&app, "t").await;
    let start = app.time_in(3_600).await;
    let due: DateTime<Utc> = start.parse().unwrap();
    for number in 0..SCHEDULES {
        let path = format!("/v1/schedules/s-{number}");
        put(&app, &path, &body(json!({"every_seconds": 86_400, "starts_at": start}))).await.expect(201);
    }
    app.advance(3_600).await;
    let moved: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    let made = eventually("all are made", || async {
        let made = app.walk("/v1/pipelines?name=made&limit=500").await;
        (made.len() >= SCHEDULES).then_some(made)
    })
    .await;
    let of: BTreeSet<String> = made.iter().map(|pipeline| text(&pipeline["schedule"])).collect();
    assert_eq!((of.len(), made.len()), (SCHEDULES, SCHEDULES), "each once");
    let last = made.iter().map(|pipeline| time_of(pipeline, "created_at")).max().unwrap();
    let took = seconds_between(due.max(moved), last);
    assert!(took < 2.0, "{took}");
    app.finish().await;
}

#[tokio::test]
async fn templates_that_render_slowly_hold_no_other_schedule_up() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    let start = app.time_in(3_600).await;
    // Slow from their first time on, so that a PUT is not.
    let list = format!("{{{{ range(9000) if run.scheduled_at >= '{start}' else [] }}}}");
    let slow = json!({"name": "slow", "jobs": [{"key": "a", "type": "a",
        "tasks": [{"for_each": list, "payload": "{{ range(100) | sum }}"}]}]});
    put(&app, "/v1/templates/slow", &json!({"pipeline": slow})).await.expect(201);
    let times = json!({"every_seconds": 86_400, "starts_at": start});
    for number in 0..12 {
        let mut of_slow = body(times.clone());
        of_slow["template"]["name"] = json!("slow");
        put(&app, &format!("/v1/schedules/a-slow-{number}"), &of_slow).await.expect(201);
    }
    let later = start.parse::<DateTime<Utc>>().unwrap() + chrono::TimeDelta::seconds(1);
    put(&app, "/v1/schedules/quick", &body(json!({"every_seconds": 86_400, "starts_at": later})))
        .await
        .expect(201);
    app.advance(3_601).await;
    let moved: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    let run = runs_until(&app, "quick", 1, "created").await.remove(0);
    let took = seconds_between(moved, time_of(&run, "started_at"));
    assert!(took < 2.0, "{took}");
    app.finish().await;
}
