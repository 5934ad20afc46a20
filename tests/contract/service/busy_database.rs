//! Calls that wait for the database keep no worker from it.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use windlass_tests::{TestApp, eventually, job};

/// Far less than creates wait for a lock before they give up.
const AT_ONCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_database_that_is_closed_to_connections_is_away_and_comes_back() {
    let app = TestApp::start().await;
    app.database().let_in(false).await;
    // The first finds a connection that was cut, the next can make none.
    for _ in 0..3 {
        let answer = app.get("/v1/pipelines").await;
        answer.problem(503, "database_unavailable");
        assert!(answer.header("retry-after").is_some());
        app.post("/v1/jobs", json!({"type": "a"})).await.problem(503, "database_unavailable");
    }
    app.database().let_in(true).await;
    eventually("it is back", || async { (app.get("/v1/pipelines").await.status == 200).then_some(()) }).await;
    app.finish().await;
}

#[tokio::test]
async fn workers_are_served_while_creates_wait_for_more_connections_than_there_are() {
    let app = TestApp::start_with_connections(4).await;
    app.submit(json!([job("a", json!({"tasks": [{"payload": 1}, {"payload": 2}, {"payload": 3}]}))])).await;
    let leased = app.lease("a").await;
    let held = app.hold_creates().await;
    let mut creates = JoinSet::new();
    for _ in 0..12 {
        // Each large enough for a transaction of its own.
        let jobs: Vec<_> = (0..11).map(|number| job(&format!("b{number}"), json!({}))).collect();
        let pipeline = json!({"name": "large", "jobs": jobs});
        let create = app.request(reqwest::Method::POST, "/v1/pipelines").json(&pipeline);
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

#[tokio::test]
async fn creates_that_come_while_others_wait_for_the_database_share_a_few_connections() {
    let app = TestApp::start().await;
    let held = app.hold_creates().await;
    let mut creates = JoinSet::new();
    for number in 0..100 {
        let body =
            if number % 2 == 0 { json!({"type": "b"}) } else { json!({"type": "b", "payload": number}) };
        creates.spawn(app.request(reqwest::Method::POST, "/v1/jobs").json(&body).send());
        // The first waits alone, or all would be one batch where they come together.
        let waiting = if number == 0 { 1 } else { 2 };
        if number == 0 || number == 99 {
            eventually("creates wait for the table", || async {
                (app.waiting_for_locks().await >= waiting).then_some(())
            })
            .await;
        }
    }
    assert!(app.waiting_for_locks().await <= 4, "at most four batches are under way");
    drop(held);
    for create in creates.join_all().await {
        assert_eq!(create.expect("the server answers").status().as_u16(), 201);
    }
    assert_eq!(app.walk("/v1/jobs").await.len(), 100);
    app.finish().await;
}
