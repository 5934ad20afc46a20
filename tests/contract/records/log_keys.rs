//! `Idempotency-Key` on log calls.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_store::Retention;
use windlass_tests::{Answer, TestApp, id};

use super::support::{leased, lines, messages};

async fn post(app: &TestApp, server: usize, path: &str, key: &str, body: &Value) -> Answer {
    app.send(app.request_to(server, Method::POST, path).header("idempotency-key", key).json(body)).await
}

fn call(task: &Value, messages: &[&str]) -> (String, Value) {
    let body = json!({"lease_token": task["lease_token"], "lines": lines(messages)});
    (format!("/v1/tasks/{}/log", id(task)), body)
}

#[tokio::test]
async fn a_repeated_call_counts_once() {
    let app = TestApp::start_servers(2).await;
    let (_, task) = leased(&app).await;
    let (path, body) = call(&task, &["one", "two"]);
    let first = post(&app, 0, &path, "k", &body).await;
    assert_eq!(
        (first.header("idempotent-replayed"), first.expect(200)),
        (None, json!({"accepted": 2, "dropped": 0}))
    );
    for server in [0, 1] {
        let again = post(&app, server, &path, "k", &body).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.text, first.text);
    }
    let other = call(&task, &["other"]).1;
    post(&app, 1, &path, "k", &other).await.problem(422, "idempotency_key_reused");
    post(&app, 1, &path, "l", &other).await.expect(200);
    assert_eq!(messages(&app, &task, "").await, ["one", "two", "other"]);
    app.finish().await;
}

#[tokio::test]
async fn a_repeat_is_answered_after_the_lease_has_ended() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let (path, body) = call(&task, &["one"]);
    post(&app, 0, &path, "k", &body).await.expect(200);
    app.complete(&task).await;
    assert_eq!(post(&app, 0, &path, "k", &body).await.expect(200)["accepted"], 1);
    post(&app, 0, &path, "new", &body).await.problem(409, "lease_lost");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_call_does_not_use_its_key_up() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let (path, body) = call(&json!({"id": id(&task), "lease_token": "dead"}), &["one"]);
    post(&app, 0, &path, "k", &body).await.problem(409, "lease_lost");
    let (path, body) = call(&task, &["one"]);
    let answer = post(&app, 0, &path, "k", &body).await;
    assert_eq!((answer.header("idempotent-replayed"), answer.status), (None, 200));
    for bad in ["", "a b", &"k".repeat(201)] {
        post(&app, 0, &path, bad, &body).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn repeats_of_calls_for_many_tasks_are_answered_with_all_that_the_first_was() {
    let app = TestApp::start_servers(2).await;
    let (_, task) = leased(&app).await;
    let item = json!({"id": id(&task), "lease_token": task["lease_token"], "lines": lines(&["one"])});
    let dead = json!({"id": id(&task), "lease_token": "dead", "lines": lines(&["no"])});
    let body = json!({"tasks": [item, dead, {"id": id(&task)}]});
    let first = post(&app, 0, "/v1/tasks/log", "k", &body).await;
    assert_eq!(first.expect(200)["results"][1]["problem"]["code"], "lease_lost");
    let again = post(&app, 1, "/v1/tasks/log", "k", &body).await;
    assert_eq!(
        (again.header("idempotent-replayed"), again.text.as_str()),
        (Some("true"), first.text.as_str())
    );
    assert_eq!(messages(&app, &task, "").await, ["one"]);
    app.finish().await;
}

#[tokio::test]
async fn of_many_at_once_one_counts() {
    let app = TestApp::start_servers(2).await;
    let (_, task) = leased(&app).await;
    let (path, body) = call(&task, &["one"]);
    let calls = (0..16).map(|number| post(&app, number % 2, &path, "k", &body));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.expect(200), json!({"accepted": 1, "dropped": 0}));
    }
    assert_eq!(messages(&app, &task, "").await, ["one"]);
    app.finish().await;
}

#[tokio::test]
async fn keys_are_kept_for_an_hour() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    app.report(&task, "heartbeat", json!({"lease_seconds": 86_400})).await.expect(200);
    let (path, body) = call(&task, &["one"]);
    post(&app, 0, &path, "k", &body).await.expect(200);
    let store = app.database().store().await;
    for (minutes, replayed) in [(59, true), (2, false)] {
        app.advance(minutes * 60).await;
        while store.prune(&Retention::default()).await.unwrap().full {}
        let again = post(&app, 0, &path, "k", &body).await;
        assert_eq!(again.header("idempotent-replayed").is_some(), replayed, "{minutes}");
    }
    store.close().await;
    app.finish().await;
}
