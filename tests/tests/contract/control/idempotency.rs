//! `Idempotency-Key` on every create, over servers and over the life of what it made.

use reqwest::Method;
use serde_json::json;
use windlass_tests::{Answer, TestApp, id, job};

async fn create(app: &TestApp, server: usize, path: &str, key: &str, body: &str) -> Answer {
    let request = app.request_to(server, Method::POST, path).header("content-type", "application/json");
    app.send(request.header("idempotency-key", key).body(body.to_owned())).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

async fn count(app: &TestApp, path: &str) -> usize {
    app.walk(path).await.len()
}

#[tokio::test]
async fn the_same_key_with_the_same_body_answers_the_first_answer_again_on_every_create() {
    let app = TestApp::start_servers(2).await;
    let open = json!({"name": "open", "sealed": false, "jobs": [job("a", json!({"sealed": false}))]});
    let open = app.submit_with(open).await;
    let jobs = format!("/v1/pipelines/{}/jobs", id(&open));
    let tasks = format!("{}/tasks", app.job_path(&open, "a").await);
    for (path, body) in [
        (
            "/v1/pipelines",
            r#"{"name": "n", "jobs": [{"key": "k", "type": "t", "payload": {"b": -0, "a": 1e5}}]}"#,
        ),
        ("/v1/jobs", r#"{"type": "t", "payload": {"b": -0, "a": 1e5}}"#),
        (jobs.as_str(), r#"{"jobs": [{"key": "b", "type": "t"}]}"#),
        (tasks.as_str(), r#"{"tasks": [{}, {}]}"#),
    ] {
        let first = create(&app, 0, path, "key", body).await;
        assert!(!is_replayed(first.has(201)), "{path}");
        for server in [0, 1] {
            let again = create(&app, server, path, "key", body).await;
            assert!(is_replayed(again.has(201)), "{path}");
            assert_eq!(again.text, first.text, "{path}");
            assert_eq!(again.header("location"), first.header("location"), "{path}");
            assert_eq!(again.header("content-type"), first.header("content-type"), "{path}");
        }
        assert!(!is_replayed(&create(&app, 0, path, "another", &body.replace("\"b\"", "\"c\"")).await));
    }
    assert_eq!(count(&app, "/v1/pipelines").await, 1 + 2 + 2);
    assert_eq!(app.tasks(&app.job(&open, "a").await).await.len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn a_repeat_is_answered_whatever_became_of_the_resource_meanwhile() {
    let app = TestApp::start().await;
    let open = json!({"name": "open", "sealed": false, "jobs": [job("a", json!({"sealed": false}))]});
    let open = app.submit_with(open).await;
    let pipeline = format!("/v1/pipelines/{}", id(&open));
    let jobs = format!("{pipeline}/jobs");
    let tasks = format!("{}/tasks", app.job_path(&open, "a").await);
    let bodies = [(&jobs, r#"{"jobs":[{"key":"b","type":"t"}]}"#), (&tasks, r#"{"tasks":[{}]}"#)];
    let mut first = Vec::new();
    for (path, body) in bodies {
        first.push(create(&app, 0, path, "key", body).await.has(201).text.clone());
    }
    app.verb(&pipeline, "cancel").await;
    for (path, body) in bodies {
        let code = if path == &jobs { "pipeline_sealed" } else { "job_sealed" };
        create(&app, 0, path, "new", &body.replace("\"b\"", "\"c\"")).await.problem(409, code);
    }
    for deleted in [false, true] {
        if deleted {
            app.delete(&pipeline).await.has(204);
        }
        for ((path, body), first) in bodies.iter().zip(&first) {
            let again = create(&app, 0, path, "key", body).await;
            assert!(is_replayed(again.has(201)) && again.text == *first, "{path}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn parallel_requests_with_one_key_create_once_over_all_servers() {
    let app = TestApp::start_servers(2).await;
    let body = r#"{"type":"t","tasks":[{},{},{}]}"#;
    let creates = (0..40).map(|n| create(&app, n % 2, "/v1/jobs", "key", body));
    let answers = futures_util::future::join_all(creates).await;
    let texts: std::collections::HashSet<&str> =
        answers.iter().map(|answer| answer.has(201).text.as_str()).collect();
    assert_eq!(texts.len(), 1);
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    assert_eq!(count(&app, "/v1/jobs").await, 1);
    app.finish().await;
}
