//! Many schedules, and several servers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use windlass_tests::{TestApp, eventually, seconds_between, time_of};

use super::support::{body, put, template, text};

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
