//! `Idempotency-Key` on creates, and on dequeue.

use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job};

fn keyed(app: &TestApp, server: usize, path: &str, key: &str, body: &str) -> RequestBuilder {
    app.request_to(server, Method::POST, path)
        .header("idempotency-key", HeaderValue::from_bytes(key.as_bytes()).unwrap())
        .header("content-type", "application/json")
        .body(body.to_owned())
}

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    app.send(keyed(app, 0, path, key, &body.to_string())).await
}

#[tokio::test]
async fn the_same_key_with_the_same_body_answers_the_first_answer_again() {
    let app = TestApp::start_servers(2).await;
    let open = json!({"name": "open", "sealed": false, "jobs": [job("x", json!({"sealed": false}))]});
    let open = app.submit_with(open).await;
    let job_path = app.job_path(&open, "x").await;
    for (path, body) in [
        ("/v1/pipelines".to_owned(), r#"{"name":"n","jobs":[{"key":"k","type":"t","payload":[-0,1e5]}]}"#),
        ("/v1/jobs".to_owned(), r#"{"type": "t", "payload": {"b": -0, "a": 1e5}}"#),
        (format!("/v1/pipelines/{}/jobs", id(&open)), r#"{"jobs": [{"key": "b", "type": "t"}]}"#),
        (format!("{job_path}/tasks"), r#"{"tasks": [{}, {}]}"#),
    ] {
        let first = app.send(keyed(&app, 0, &path, "key-1", body)).await;
        assert_eq!(first.has(201).header("idempotent-replayed"), None);
        for server in [0, 1] {
            let again = app.send(keyed(&app, server, &path, "key-1", body)).await;
            assert_eq!((again.status, &again.text), (201, &first.text), "{path}");
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            assert_eq!(again.header("location"), first.header("location"));
            assert_eq!(again.header("content-type"), first.header("content-type"));
        }
        let another = app.send(keyed(&app, 0, &path, "key-2", &body.replace("\"b\"", "\"c\""))).await;
        assert_eq!(another.has(201).header("idempotent-replayed"), None);
    }
    assert_eq!(app.walk("/v1/pipelines").await.len(), 5);
    assert_eq!(app.walk("/v1/jobs").await.len(), 7);
    assert_eq!(app.job(&open, "x").await["counts"]["total"], 4);
    app.finish().await;
}

#[tokio::test]
async fn the_first_answer_is_repeated_even_after_the_resource_has_changed_or_is_gone() {
    let app = TestApp::start().await;
    let create = json!({"name": "open", "sealed": false, "jobs": [job("a", json!({"sealed": false}))]});
    let pipeline = post(&app, "/v1/pipelines", "key-1", &create).await.expect(201);
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let (jobs, tasks) = (format!("{path}/jobs"), format!("{}/tasks", app.job_path(&pipeline, "a").await));
    let new_job = |key: &str| json!({"jobs": [job(key, json!({}))]});
    let creates =
        [("/v1/pipelines", create), (jobs.as_str(), new_job("b")), (tasks.as_str(), json!({"tasks": [{}]}))];
    let mut first = Vec::new();
    for (path, body) in &creates {
        first.push(post(&app, path, "key-1", body).await.has(201).text.clone());
    }
    app.verb(&path, "cancel").await;
    post(&app, &jobs, "key-2", &new_job("c")).await.problem(409, "pipeline_sealed");
    post(&app, &tasks, "key-2", &json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    for deleted in [false, true] {
        if deleted {
            app.delete(&path).await.has(204);
        }
        for ((path, body), first) in creates.iter().zip(&first) {
            assert_eq!(post(&app, path, "key-1", body).await.has(201).text, *first, "{path}");
        }
    }
    assert_eq!(app.walk("/v1/pipelines").await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_with_another_body_byte_for_byte_is_refused() {
    let app = TestApp::start().await;
    post(&app, "/v1/jobs", "key-1", &json!({"type": "a"})).await.expect(201);
    for body in [r#"{"type": "a"}"#, r#"{"type":"b"}"#, r#"{"type":"a","payload":null}"#] {
        app.send(keyed(&app, 0, "/v1/jobs", "key-1", body)).await.problem(422, "idempotency_key_reused");
    }
    assert_eq!(app.walk("/v1/jobs").await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_key_counts_per_path() {
    let app = TestApp::start().await;
    let pipeline = json!({"name": "test", "jobs": [job("a", json!({}))]});
    post(&app, "/v1/pipelines", "key-1", &pipeline).await.expect(201);
    post(&app, "/v1/jobs", "key-1", &json!({"type": "a"})).await.expect(201);
    assert_eq!(app.walk("/v1/jobs").await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_refused_request_does_not_use_the_key_up() {
    let app = TestApp::start().await;
    app.send(keyed(&app, 0, "/v1/jobs", "key-1", "{")).await.problem(400, "malformed_request");
    assert_eq!(post(&app, "/v1/jobs", "key-1", &json!({"type": ""})).await.invalid(), ["/type"]);
    let sealed = app.submit(json!([job("x", json!({}))])).await;
    let path = format!("{}/tasks", app.job_path(&sealed, "x").await);
    post(&app, &path, "key-1", &json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    post(&app, &path, "key-1", &json!({"tasks": [{}, {}]})).await.problem(409, "job_sealed");
    post(&app, "/v1/jobs", "key-1", &json!({"type": "a"})).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn a_key_has_1_to_200_visible_characters() {
    let app = TestApp::start().await;
    for key in ["x".repeat(200), "!~".to_owned(), "0192d3a0-0000-7000-8000-000000000000".to_owned()] {
        post(&app, "/v1/jobs", &key, &json!({"type": "a"})).await.expect(201);
    }
    for key in
        [String::new(), "x".repeat(201), "two words".to_owned(), "tab\there".to_owned(), "ü".to_owned()]
    {
        post(&app, "/v1/jobs", &key, &json!({"type": "a"})).await.problem(400, "malformed_request");
    }
    assert_eq!(app.walk("/v1/jobs").await.len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_stored_for_24_hours() {
    let app = TestApp::start().await;
    let first = post(&app, "/v1/jobs", "key-1", &json!({"type": "a"})).await;
    app.advance(24 * 3_600 - 60).await;
    // What prunes old keys has been by when a lease that expired meanwhile was swept.
    app.lease("a").await;
    app.advance(61).await;
    windlass_tests::eventually("the lease is ended", || async {
        (app.walk("/v1/tasks").await[0]["state"] != "running").then_some(())
    })
    .await;
    assert_eq!(post(&app, "/v1/jobs", "key-1", &json!({"type": "a"})).await.text, first.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_requests_with_one_key_create_once_and_all_get_the_first_answer() {
    let app = TestApp::start_servers(2).await;
    for round in 0..10 {
        let (key, body) = (
            format!("key-{round}"),
            json!({"name": key_name(round), "jobs": [job("a", json!({}))]}).to_string(),
        );
        let calls = (0..12).map(|number| app.send(keyed(&app, number % 2, "/v1/pipelines", &key, &body)));
        let answers = futures_util::future::join_all(calls).await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
        }
        let replayed =
            answers.iter().filter(|answer| answer.header("idempotent-replayed") == Some("true")).count();
        assert_eq!(replayed, 11);
        assert_eq!(app.walk(&format!("/v1/pipelines?name={}", key_name(round))).await.len(), 1);
    }
    app.finish().await;
}

fn key_name(round: usize) -> String {
    format!("round-{round}")
}

#[tokio::test]
async fn a_repeated_dequeue_answers_the_same_leases_that_are_still_live() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}, {}]}))])).await;
    let asked = json!({"types": ["a"], "worker_id": "host-1", "max_tasks": 2});
    let first = post(&app, "/v1/tasks/dequeue", "key-1", &asked).await.expect(200);
    let again = app.send(keyed(&app, 1, "/v1/tasks/dequeue", "key-1", &asked.to_string())).await.expect(200);
    let tokens = |answer: &Value| {
        answer["tasks"].as_array().unwrap().iter().map(|task| task["lease_token"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(tokens(&again), tokens(&first));
    assert_eq!(tokens(&first).len(), 2);
    app.complete(&first["tasks"][0]).await;
    let again = post(&app, "/v1/tasks/dequeue", "key-1", &asked).await.expect(200);
    assert_eq!(tokens(&again), [first["tasks"][1]["lease_token"].clone()]);
    let other = post(&app, "/v1/tasks/dequeue", "key-2", &asked).await.expect(200);
    assert!(tokens(&other).len() == 2 && tokens(&other).iter().all(|token| !tokens(&first).contains(token)));
    let another = json!({"types": ["a"], "worker_id": "host-1", "max_tasks": 3});
    post(&app, "/v1/tasks/dequeue", "key-1", &another).await.problem(422, "idempotency_key_reused");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_dequeues_with_one_key_lease_once() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 30]}))])).await;
    let asked = json!({"types": ["a"], "worker_id": "host-1"}).to_string();
    let calls = (0..10).map(|number| app.send(keyed(&app, number % 2, "/v1/tasks/dequeue", "key-1", &asked)));
    let answers = futures_util::future::join_all(calls).await;
    let first = answers[0].expect(200)["tasks"][0]["lease_token"].clone();
    for answer in &answers {
        assert_eq!(answer.expect(200)["tasks"][0]["lease_token"], first);
    }
    assert_eq!(app.walk("/v1/tasks?state=running").await.len(), 1);
    app.finish().await;
}
