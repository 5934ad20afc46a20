//! The whole order of refusals: route, method, key, rate, scope, query, and then the rest.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use windlass_store::testing_keys::TestKey;
use windlass_tests::TestApp;

#[tokio::test]
async fn the_route_and_the_method_come_before_the_key() {
    let app = TestApp::start_with_keys().await;
    for path in ["/", "/v1", "/v1/nothing", "/v1/pipelines/"] {
        app.get(path).await.problem(404, "route_not_found");
    }
    for (method, path, allowed) in [
        (Method::PUT, "/v1/pipelines", ["GET", "HEAD", "POST"].as_slice()),
        (Method::POST, "/healthz", &["GET", "HEAD"]),
        (Method::OPTIONS, "/v1/tasks/dequeue", &["POST"]),
    ] {
        let answer = app.send(app.request(method, path)).await;
        answer.problem(405, "method_not_allowed");
        let mut said: Vec<&str> = answer.header("allow").unwrap().split(',').collect();
        said.sort_unstable();
        assert_eq!(said, allowed, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_key_comes_before_the_scope_and_the_scope_before_all_that_is_in_the_request() {
    let app = TestApp::start_with_keys().await;
    let reader = app.key("reader", &["read"]).await;
    let missing = Uuid::now_v7();
    for path in [
        "/v1/pipelines?x=1".to_owned(),
        "/v1/pipelines".to_owned(),
        format!("/v1/jobs/{missing}/tasks"),
        "/v1/jobs/nonsense/cancel".to_owned(),
    ] {
        for body in ["", "{", "{}", "[1]"] {
            let post = |key| {
                app.calls(key).request(Method::POST, &path).header("content-type", "text/plain").body(body)
            };
            app.send(post(None)).await.problem(401, "unauthorized");
            app.send(post(Some(&*reader))).await.problem(403, "forbidden");
        }
    }
    app.calls(&*reader).get("/v1/jobs?x=1").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn the_rate_comes_after_the_key_and_before_the_scope() {
    let app = TestApp::start_with_keys().await;
    let slow =
        TestKey { name: "slow", scopes: &["read"], max_requests_per_second: Some(1), ..TestKey::default() };
    let slow = app.make_key(&slow).await;
    let post = || app.calls(&*slow).post("/v1/jobs", json!({"type": "t"}));
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(post().await.json()["code"].as_str().unwrap().to_owned());
        app.calls(None).get("/v1/jobs").await.problem(401, "unauthorized");
    }
    assert_eq!(codes[0], "forbidden");
    assert!(codes.iter().any(|code| code == "rate_limited"), "{codes:?}");
    app.finish().await;
}

#[tokio::test]
async fn types_come_after_422_and_before_409() {
    let app = TestApp::start_with_keys().await;
    let admin = app.key("admin", &["admin"]).await;
    let narrowed = TestKey { name: "a", scopes: &["produce"], types: Some(&["a"]), ..TestKey::default() };
    let narrowed = app.make_key(&narrowed).await;
    let (all, few) = (app.calls(&*admin), app.calls(&*narrowed));
    let other = |key: &str| json!({"key": key, "type": "other"});
    let sealed = all.post("/v1/pipelines", json!({"name": "p", "jobs": [other("old")]})).await.expect(201);
    let path = format!("/v1/pipelines/{}/jobs", sealed["id"].as_str().unwrap());
    few.post(&path, json!({"jobs": [{"key": "n", "type": "other", "colour": 1}]}))
        .await
        .problem(422, "validation_failed");
    few.post(&path, json!({"jobs": [other("old")]})).await.problem(422, "duplicate_key");
    few.post(&path, json!({"jobs": [other("new")]})).await.problem(403, "forbidden");
    all.post(&path, json!({"jobs": [other("new")]})).await.problem(409, "pipeline_sealed");
    let tasks = format!("/v1/jobs/{}/tasks", sealed["jobs"][0]["id"].as_str().unwrap());
    few.post(&tasks, json!({"tasks": [{"colour": 1}]})).await.problem(422, "validation_failed");
    few.post(&tasks, json!({"tasks": [{}]})).await.problem(403, "forbidden");
    all.post(&tasks, json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    let past = json!({"type": "other", "deadline_at": "2020-01-01T00:00:00Z"});
    few.post("/v1/jobs", past).await.problem(422, "validation_failed");
    app.finish().await;
}
