//! What is JSON, what is not, and what a body may announce itself as.

use reqwest::Method;
use serde_json::json;
use windlass_tests::{RawConnection, TestApp, job};

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let app = TestApp::start().await;
    for body in [
        "",
        " ",
        "{",
        r#"{"name": "a""#,
        r#"{"name": "a",}"#,
        "{'name': 'a'}",
        "{name: 1}",
        r#"{"name": "a"} {}"#,
        "{} x",
        "nil",
        "NaN",
        r#"{"name": "a", "jobs": [01]}"#,
        r#"{"name": "a", "jobs": [1.]}"#,
        r#"{"name": "a", "jobs": [+1]}"#,
        "{\"name\": \"a\u{1}\"}",
        "{\"name\": \"a\u{0}\"}",
        r#"{"name": "\x"}"#,
        "\u{0}",
        "{\"name\": \"line\nbreak\"}",
        "/* {} */ {}",
    ] {
        app.post_text("/v1/pipelines", body).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_malformed_payload_is_malformed_too() {
    let app = TestApp::start().await;
    for payload in ["01", "1.", ".5", "tru", "[1,]", r#"{"a"}"#, "Infinity", "1e", "--1", "[", "\"\u{7}\""] {
        let body = format!(r#"{{"type": "a", "payload": {payload}}}"#);
        app.post_text("/v1/jobs", body).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn json_of_another_type_than_an_object_is_refused_at_its_root() {
    let app = TestApp::start().await;
    for body in ["[]", "null", "1", "true", r#""text""#] {
        assert_eq!(app.post_text("/v1/pipelines", body).await.invalid(), [""], "{body}");
        assert_eq!(app.post_text("/v1/tasks/dequeue", body).await.invalid(), [""], "{body}");
    }
    app.finish().await;
}

#[tokio::test]
async fn invalid_utf_8_is_malformed() {
    let app = TestApp::start().await;
    for bytes in [&b"\xff"[..], b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"] {
        let body = [&br#"{"type": "a", "payload": ""#[..], bytes, br#""}"#].concat();
        app.post_text("/v1/jobs", body).await.problem(400, "malformed_request");
        let body = [&br#"{"type": ""#[..], bytes, br#""}"#].concat();
        app.post_text("/v1/jobs", body).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn json_is_nested_128_deep_and_no_deeper() {
    let app = TestApp::start().await;
    let with_payload_of = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"type": "a", "payload": {open}{close}}}"#)
    };
    let created = app.post_text("/v1/jobs", with_payload_of(127)).await;
    created.has(201);
    assert_eq!(created.raw("payload"), "[".repeat(127) + &"]".repeat(127));
    app.post_text("/v1/jobs", with_payload_of(128)).await.problem(400, "malformed_request");
    app.post_text("/v1/jobs", "[".repeat(128) + &"]".repeat(128)).await.problem(422, "validation_failed");
    app.post_text("/v1/jobs", "[".repeat(129) + &"]".repeat(129)).await.problem(400, "malformed_request");
    app.post_text("/v1/jobs", "[".repeat(1_000_000)).await.problem(400, "malformed_request");
    let objects = |depth: usize| r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
    let with_metadata_of = |depth: usize| format!(r#"{{"type": "a", "metadata": {}}}"#, objects(depth));
    app.post_text("/v1/jobs", with_metadata_of(127)).await.has(201);
    app.post_text("/v1/jobs", with_metadata_of(128)).await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn a_result_as_deep_as_a_payload_comes_back() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let deep = "[".repeat(127) + &"]".repeat(127);
    let body = format!(r#"{{"lease_token": {}, "result": {deep}}}"#, task["lease_token"]);
    let path = format!("/v1/tasks/{}/complete", windlass_tests::id(&task));
    let completed = app.post_text(&path, body).await;
    assert_eq!((completed.status, completed.raw("result")), (200, deep.clone()));
    let results = app.get(&format!("/v1/pipelines/{}/jobs/a/results", windlass_tests::id(&pipeline))).await;
    assert!(results.status == 200 && results.text.contains(&deep), "{}", results.text);
    app.finish().await;
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let app = TestApp::start().await;
    let body = r#"{"type": "a"}"#;
    for content_type in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "json",
        "",
        "application/json-seq",
    ] {
        let request = app.request(Method::POST, "/v1/jobs").header("content-type", content_type).body(body);
        app.send(request).await.problem(415, "unsupported_media_type");
    }
    let request = app.request(Method::POST, "/v1/jobs").body(body);
    app.send(request).await.problem(415, "unsupported_media_type");
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
    ] {
        let request = app.request(Method::POST, "/v1/jobs").header("content-type", content_type).body(body);
        app.send(request).await.expect(201);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_verb_takes_its_body_or_none() {
    let app = TestApp::start().await;
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": []})).await;
    let path = format!("/v1/pipelines/{}/seal", windlass_tests::id(&pipeline));
    app.send(app.request(Method::POST, &path).body(r#"{"reason": "x"}"#))
        .await
        .problem(415, "unsupported_media_type");
    app.post_text(&path, "{").await.problem(400, "malformed_request");
    assert_eq!(app.post(&path, json!({"raeson": "x"})).await.invalid(), ["/raeson"]);
    assert_eq!(app.post(&path, json!({"reason": 1})).await.invalid(), ["/reason"]);
    assert_eq!(app.pipeline(&pipeline).await["sealed"], false);
    app.post_empty(&path).await.expect(200);
    app.post(&path, json!({})).await.expect(200);
    app.post(&path, json!({"reason": "all is said"})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn an_empty_body_where_one_is_needed_is_malformed() {
    let app = TestApp::start().await;
    for path in [
        "/v1/pipelines",
        "/v1/jobs",
        "/v1/tasks/dequeue",
        "/v1/tasks/complete",
        "/v1/tasks/fail",
        "/v1/tasks/heartbeat",
    ] {
        app.post_empty(path).await.problem(400, "malformed_request");
        app.post_text(path, "").await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_request_that_stops_half_way_leaves_the_server_well() {
    let app = TestApp::start().await;
    let mut half = RawConnection::open(app.address(0)).await;
    half.send(b"POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"type\":").await;
    let mut nonsense = RawConnection::open(app.address(0)).await;
    nonsense.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await;
    drop(half);
    app.post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    assert_eq!(app.walk("/v1/jobs").await.len(), 1);
    app.finish().await;
}
