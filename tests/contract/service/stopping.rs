//! A server that stops: waiting dequeues answer empty, what was begun is answered.

use std::time::Instant;

use serde_json::{Value, json};
use windlass_tests::{LONG, RawConnection, TestApp, job};

#[tokio::test]
async fn waiting_dequeues_answer_empty_when_the_server_stops() {
    let mut app = TestApp::start_servers(2).await;
    let begun = Instant::now();
    let asked = json!({"types": ["a"], "worker_id": "w", "wait_seconds": 60}).to_string();
    let head = format!(
        "POST /v1/tasks/dequeue HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        asked.len()
    );
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let mut connection = RawConnection::open(app.address(1)).await;
        connection.send(format!("{head}{asked}").as_bytes()).await;
        waiting.push(connection);
    }
    // The server has taken the connections when it answers a later one.
    assert_eq!(app.send(app.request_to(1, reqwest::Method::GET, "/healthz")).await.status, 200);
    app.begin_to_stop_last_server();
    for connection in &mut waiting {
        assert_eq!(connection.answer().await.expect(200)["tasks"], json!([]));
    }
    app.stop_last_server().await;
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_idle_connections() {
    let mut app = TestApp::start_servers(2).await;
    let silent = RawConnection::open(app.address(1)).await;
    let mut idle = RawConnection::open(app.address(1)).await;
    idle.send(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    idle.answer().await.has(200);
    let begun = Instant::now();
    app.stop_last_server().await;
    assert!(begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
    drop((silent, idle));
    app.finish().await;
}

/// What is left of such a body is read only so that its client can read the answer; this one has.
#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_the_rest_of_a_body_that_it_refused() {
    let mut app = TestApp::start_servers(2).await;
    let mut refused = RawConnection::open(app.address(1)).await;
    let head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    refused.send(format!("{head}content-length: 99999999\r\n\r\n").as_bytes()).await;
    refused.answer().await.problem(413, "payload_too_large");
    let begun = Instant::now();
    app.stop_last_server().await;
    assert!(begun.elapsed() < LONG / 4, "{:?}", begun.elapsed());
    drop(refused);
    app.finish().await;
}

#[tokio::test]
async fn what_one_server_stored_another_one_reads() {
    let mut app = TestApp::start_servers(2).await;
    let created = app
        .post_to(1, "/v1/pipelines", json!({"name": "test", "jobs": [job("a", json!({}))]}))
        .await
        .expect(201);
    app.stop_last_server().await;
    assert_eq!(app.pipeline_as_answered(&created).await, created);
    let third = app.add_server().await;
    let dequeued =
        app.post_to(third, "/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await.expect(200);
    app.complete(&dequeued["tasks"][0]).await;
    assert_eq!(app.states(&created).await, "succeeded: a succeeded");
    assert_eq!(app.lease_many("a", 1).await, Vec::<Value>::new());
    app.finish().await;
}
