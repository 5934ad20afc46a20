//! What becomes of calls under way whose key ends: its event streams end, its waiting dequeues hand out nothing.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use windlass_tests::{Answer, BOOTSTRAP, LONG, TestApp, eventually, text, time_of};

/// What the contract grants, and what a busy machine takes beside.
const BOUND: Duration = Duration::from_secs(8);

/// An event stream by a key, whose first bytes have come.
async fn open_stream(app: &TestApp, key: &str, server: usize) -> Response {
    let mut stream = app.request_by(key, server, Method::GET, "/v1/events/stream").send().await.unwrap();
    assert_eq!(stream.status(), 200);
    assert!(stream.chunk().await.unwrap().is_some(), "a comment at once");
    stream
}

/// Reads a stream to its end.
async fn end_of(mut stream: Response) {
    let end = async { while stream.chunk().await.expect("it ends in order").is_some() {} };
    tokio::time::timeout(LONG, end).await.expect("the stream ends");
}

/// A dequeue by a key that waits at a server, which has seen it.
async fn park(app: &TestApp, key: &str, server: usize) -> JoinHandle<Answer> {
    let worker = format!("{}-{server}", &key[key.len() - 4..]);
    let asked = json!({"types": ["t"], "worker_id": worker, "wait_seconds": 60});
    let request = app.request_by(key, server, Method::POST, "/v1/tasks/dequeue").json(&asked);
    let send = async {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("the answer has an end") }
    };
    let parked = tokio::spawn(send);
    eventually("the dequeue is seen", || async {
        let workers = app.get_by(BOOTSTRAP, "/v1/workers").await.expect(200);
        let is_it = |seen: &Value| seen["id"] == json!(worker);
        workers["items"].as_array().unwrap().iter().any(is_it).then_some(())
    })
    .await;
    parked
}

/// Checks that the dequeue ends in time and has handed out nothing.
async fn assert_empty(parked: JoinHandle<Answer>, since: Instant) {
    let answer = tokio::time::timeout(LONG, parked).await.expect("it ends").unwrap();
    assert_eq!(answer.expect(200)["tasks"], json!([]));
    assert!(since.elapsed() < BOUND, "{:?}", since.elapsed());
}

/// Checks that a task that is made now is for whoever asks next.
async fn assert_nothing_was_taken(app: &TestApp) {
    app.post_by(BOOTSTRAP, "/v1/jobs", json!({"type": "t"})).await.expect(201);
    let asked = json!({"types": ["t"], "worker_id": "other", "wait_seconds": 5});
    let leased = app.post_by(BOOTSTRAP, "/v1/tasks/dequeue", asked).await.expect(200);
    assert_eq!(leased["tasks"].as_array().unwrap().len(), 1, "{leased}");
}

#[tokio::test]
async fn a_revocation_ends_streams_and_waiting_dequeues_of_the_key_on_every_server() {
    let app = TestApp::start_keyed(2).await;
    let key = app.new_key_of("worker", &["work", "read"]).await;
    let other = app.new_key_of("other", &["read"]).await;
    let streams = [open_stream(&app, text(&key), 0).await, open_stream(&app, text(&key), 1).await];
    let mut stays = open_stream(&app, text(&other), 1).await;
    let parked = [park(&app, text(&key), 0).await, park(&app, text(&key), 1).await];
    let since = Instant::now();
    app.key_verb(&key, "revoke", json!({})).await.expect(200);
    for stream in streams {
        end_of(stream).await;
        assert!(since.elapsed() < BOUND, "{:?}", since.elapsed());
    }
    for parked in parked {
        assert_empty(parked, since).await;
    }
    assert_nothing_was_taken(&app).await;
    let next = tokio::time::timeout(LONG, stays.chunk()).await.expect("it lives").unwrap();
    assert!(next.is_some(), "the stream of another key goes on");
    drop(stays);
    app.finish().await;
}

#[tokio::test]
async fn the_end_of_an_overlap_ends_what_the_old_text_began_and_not_what_the_new_one_did() {
    let app = TestApp::start_keyed(2).await;
    let key = app.new_key_of("worker", &["work", "read"]).await;
    let (stream, parked) = (open_stream(&app, text(&key), 1).await, park(&app, text(&key), 1).await);
    let new = app.key_verb(&key, "rotate", json!({"overlap_seconds": 0})).await.expect(200);
    let since = Instant::now();
    let mut stays = open_stream(&app, text(&new), 1).await;
    end_of(stream).await;
    assert_empty(parked, since).await;
    let next = tokio::time::timeout(LONG, stays.chunk()).await.expect("it lives").unwrap();
    assert!(next.is_some(), "the stream of the new text goes on");
    drop(stays);
    assert_nothing_was_taken(&app).await;
    app.finish().await;
}

#[tokio::test]
async fn an_expiry_ends_what_goes_on() {
    let app = TestApp::start_keyed(1).await;
    let now = time_of(&app.new_key_of("clock", &["read"]).await, "created_at");
    let at = (now + TimeDelta::seconds(3)).to_rfc3339();
    let key = app.new_key(json!({"name": "w", "scopes": ["work", "read"], "expires_at": at})).await;
    let since = Instant::now();
    let (stream, parked) = (open_stream(&app, text(&key), 0).await, park(&app, text(&key), 0).await);
    end_of(stream).await;
    assert!(since.elapsed() < BOUND, "{:?}", since.elapsed());
    assert_empty(parked, since).await;
    assert_nothing_was_taken(&app).await;
    app.finish().await;
}

#[tokio::test]
async fn a_bootstrap_key_that_is_changed_ends_what_goes_on() {
    let app = TestApp::start_keyed(1).await;
    let next = "another-bootstrap-key-of-the-tests";
    let (stream, parked) = (open_stream(&app, BOOTSTRAP, 0).await, park(&app, BOOTSTRAP, 0).await);
    let since = Instant::now();
    app.bootstrap_key().set(Some(next)).unwrap();
    assert_eq!(app.status_by(BOOTSTRAP, 0).await, 401);
    assert_eq!(app.status_by(next, 0).await, 200);
    end_of(stream).await;
    assert_empty(parked, since).await;
    let current = app.get_by(next, "/v1/keys/current").await.expect(200);
    assert_eq!((&current["id"], &current["name"]), (&Value::Null, &json!("bootstrap")));
    app.finish().await;
}
