//! Refusals are checked in one order: route, query, size, content type, JSON, resource, validation, state.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use windlass_tests::{RawConnection, TestApp, id, job};

const BODY_LIMIT: usize = 16 * 1024 * 1024;

fn announcing(method: &str, path: &str, content_type: &str, length: usize) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn the_route_comes_before_the_size() {
    let app = TestApp::start().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&announcing("POST", "/v1/nothing", "text/plain", BODY_LIMIT + 1)).await;
    raw.answer().await.problem(404, "route_not_found");
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&announcing("PUT", "/v1/pipelines", "text/plain", BODY_LIMIT + 1)).await;
    raw.answer().await.problem(405, "method_not_allowed");
    app.finish().await;
}

#[tokio::test]
async fn the_query_comes_before_the_size_and_the_content_type() {
    let app = TestApp::start().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&announcing("PUT", "/v1/pipelines?x=1", "text/plain", BODY_LIMIT + 1)).await;
    raw.answer().await.problem(405, "method_not_allowed");
    for length in [2, BODY_LIMIT + 1] {
        let mut raw = RawConnection::open(app.address(0)).await;
        raw.send(&announcing("POST", "/v1/pipelines?x=1", "text/plain", length)).await;
        let answer = raw.answer().await;
        let problem = answer.problem(400, "malformed_request");
        assert!(problem["detail"].as_str().unwrap().contains("bad query"), "{problem}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_size_comes_before_the_content_type() {
    let app = TestApp::start().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&announcing("POST", "/v1/pipelines", "text/plain", BODY_LIMIT + 1)).await;
    raw.answer().await.problem(413, "payload_too_large");
    app.finish().await;
}

#[tokio::test]
async fn the_size_comes_before_the_resource() {
    let app = TestApp::start().await;
    for path in [format!("/v1/jobs/{}/tasks", Uuid::now_v7()), "/v1/tasks/no-id/complete".to_owned()] {
        let mut raw = RawConnection::open(app.address(0)).await;
        raw.send(&announcing("POST", &path, "application/json", BODY_LIMIT + 1)).await;
        raw.answer().await.problem(413, "payload_too_large");
    }
    app.finish().await;
}

#[tokio::test]
async fn too_large_a_body_is_refused_as_soon_as_it_is_announced() {
    let app = TestApp::start().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&announcing("POST", "/v1/pipelines", "application/json", BODY_LIMIT + 1)).await;
    let answer = raw.answer().await;
    let problem = answer.problem(413, "payload_too_large");
    assert!(problem["detail"].as_str().unwrap().contains("16777216"), "{problem}");
    assert!(answer.header("x-request-id").is_some());
    app.finish().await;
}

#[tokio::test]
async fn too_large_a_body_of_unknown_length_is_refused_while_it_is_still_sent() {
    let app = TestApp::start().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(b"POST /v1/pipelines HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend(vec![b' '; 0x10000]);
    chunk.extend(b"\r\n");
    raw.send_until_answered(&chunk, 1_000).await;
    raw.answer().await.problem(413, "payload_too_large");
    app.finish().await;
}

#[tokio::test]
async fn a_refusal_for_size_can_be_read_while_the_client_still_sends() {
    let app = TestApp::start().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&announcing("POST", "/v1/pipelines", "application/json", 4 * BODY_LIMIT)).await;
    raw.send_until_answered(&vec![b' '; 0x10000], 4 * BODY_LIMIT / 0x10000).await;
    raw.answer().await.problem(413, "payload_too_large");
    app.finish().await;
}

#[tokio::test]
async fn a_body_of_16_mib_is_taken_and_one_byte_more_is_not() {
    let app = TestApp::start().await;
    let mut body = r#"{"type": "a"}"#.to_owned();
    body.push_str(&" ".repeat(BODY_LIMIT - body.len()));
    app.post_text("/v1/jobs", body.clone()).await.expect(201);
    body.push(' ');
    app.post_text("/v1/jobs", body).await.problem(413, "payload_too_large");
    app.finish().await;
}

#[tokio::test]
async fn the_content_type_comes_before_json_and_json_before_the_resource() {
    let app = TestApp::start().await;
    let paths = [
        format!("/v1/jobs/{}/tasks", Uuid::now_v7()),
        format!("/v1/pipelines/{}/jobs", Uuid::now_v7()),
        format!("/v1/tasks/{}/complete", Uuid::now_v7()),
        format!("/v1/pipelines/{}/seal", Uuid::now_v7()),
        "/v1/jobs/no-id/tasks".to_owned(),
    ];
    for path in paths {
        let request = app.request(Method::POST, &path).header("content-type", "text/plain").body("{");
        app.send(request).await.problem(415, "unsupported_media_type");
        app.post_text(&path, "{").await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_resource_comes_before_validation() {
    let app = TestApp::start().await;
    let unknown = Uuid::now_v7();
    for (path, code) in [
        (format!("/v1/jobs/{unknown}/tasks"), "job_not_found"),
        (format!("/v1/jobs/{unknown}/seal"), "job_not_found"),
        (format!("/v1/pipelines/{unknown}/jobs"), "pipeline_not_found"),
        (format!("/v1/pipelines/{unknown}/seal"), "pipeline_not_found"),
        (format!("/v1/tasks/{unknown}/complete"), "task_not_found"),
        (format!("/v1/tasks/{unknown}/fail"), "task_not_found"),
        (format!("/v1/tasks/{unknown}/heartbeat"), "task_not_found"),
        (format!("/v1/tasks/{unknown}/progress"), "task_not_found"),
        (format!("/v1/tasks/{unknown}/release"), "task_not_found"),
        ("/v1/tasks/no-id/release".to_owned(), "task_not_found"),
    ] {
        app.post(&path, json!({"typo": 1})).await.problem(404, code);
    }
    app.finish().await;
}

#[tokio::test]
async fn validation_comes_before_the_state() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let sealed = app.job_path(&pipeline, "a").await;
    assert_eq!(
        app.post(&format!("{sealed}/tasks"), json!({"tasks": [{"typo": 1}]})).await.invalid(),
        ["/tasks/0/typo"]
    );
    let path = format!("/v1/pipelines/{}/jobs", id(&pipeline));
    assert_eq!(app.post(&path, json!({"jobs": [{"key": "b"}]})).await.invalid(), ["/jobs/0/type"]);
    let task = app.lease("a").await;
    app.complete(&task).await;
    assert_eq!(app.report(&task, "fail", json!({})).await.invalid(), ["/error"]);
    assert_eq!(
        app.report(&task, "heartbeat", json!({"lease_seconds": 0})).await.invalid(),
        ["/lease_seconds"]
    );
    app.finish().await;
}
