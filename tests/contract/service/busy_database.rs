//! Calls that wait for the database keep no worker from it.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use windlass_tests::{TestApp, eventually, job};

/// Far less than creates wait for a lock before they give up.
const AT_ONCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn workers_are_served_while_creates_wait_for_more_connections_than_there_are() {
    let app = TestApp::start_with_connections(4).await;
    app.submit(json!([job("a", json!({"tasks": [{"payload": 1}, {"payload": 2}, {"payload": 3}]}))])).await;
    let leased = app.lease("a").await;
    let held = app.hold_creates().await;
    let mut creates = JoinSet::new();
    for _ in 0..12 {
        let create = app.request(reqwest::Method::POST, "/v1/jobs").json(&json!({"type": "b"}));
        creates.spawn(create.send());
    }
    eventually("creates wait for the table", || async { (app.waiting_for_locks().await >= 3).then_some(()) })
        .await;
    let begun = Instant::now();
    let dequeued = app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await;
    assert_eq!(dequeued.status, 200, "{}", dequeued.text);
    for verb in ["heartbeat", "progress"] {
        let body = if verb == "progress" { json!({"current": 1}) } else { json!({}) };
        let answer = app.report(&leased, verb, body).await;
        assert_eq!(answer.status, 200, "{verb}: {}", answer.text);
    }
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    assert!(app.waiting_for_locks().await >= 3, "creates wait still");
    drop(held);
    for create in creates.join_all().await {
        assert_eq!(create.expect("the server answers").status().as_u16(), 201);
    }
    app.finish().await;
}
