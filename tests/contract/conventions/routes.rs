//! Routes, methods, request ids, and the shape of every problem.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn an_unknown_route_is_a_problem() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/v1",
        "/v2/pipelines",
        "/v1/pipeline",
        "/v1/pipelines/",
        "/v1/tasks/dequeue/now",
        "/V1/pipelines",
        "/v1/%ff",
    ] {
        app.get(path).await.problem(404, "route_not_found");
        app.post_empty(path).await.problem(404, "route_not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_a_problem_that_says_which_it_has() {
    let app = TestApp::start().await;
    let some = Uuid::now_v7();
    for (method, path, allowed) in [
        (Method::PUT, "/v1/pipelines".to_owned(), "POST"),
        (Method::DELETE, "/v1/jobs".to_owned(), "POST"),
        (Method::POST, format!("/v1/jobs/{some}"), "GET"),
        (Method::GET, format!("/v1/pipelines/{some}/seal"), "POST"),
        (Method::POST, "/v1/tasks".to_owned(), "GET"),
        (Method::POST, "/healthz".to_owned(), "GET"),
    ] {
        let answer = app.send(app.request(method, &path)).await;
        answer.problem(405, "method_not_allowed");
        assert!(answer.header("allow").is_some_and(|allow| allow.contains(allowed)), "{:?}", answer.headers);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_path_id_that_is_no_uuid_is_an_unknown_resource() {
    let app = TestApp::start().await;
    for (path, code) in [
        ("/v1/pipelines/nope", "pipeline_not_found"),
        ("/v1/pipelines/%ff", "pipeline_not_found"),
        ("/v1/pipelines/nope/jobs/a/results", "pipeline_not_found"),
        ("/v1/jobs/nope", "job_not_found"),
        ("/v1/tasks/nope", "task_not_found"),
        ("/v1/tasks/0", "task_not_found"),
    ] {
        app.get(path).await.problem(404, code);
    }
    for (path, code) in [
        ("/v1/pipelines/nope/seal", "pipeline_not_found"),
        ("/v1/jobs/nope/seal", "job_not_found"),
        ("/v1/tasks/nope/release", "task_not_found"),
    ] {
        app.post(path, json!({})).await.problem(404, code);
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_text_in_a_path_is_a_resource_that_is_not_there() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let results = |key: &str| format!("/v1/pipelines/{}/jobs/{key}/results", id(&pipeline));
    for segment in ["%ff", "%C0%AF", "%zz", "%", "a%ffb", "%00"] {
        for (path, code) in [
            (format!("/v1/pipelines/{segment}"), "pipeline_not_found"),
            (format!("/v1/pipelines/{segment}/jobs/a/results"), "pipeline_not_found"),
            (results(segment), "job_not_found"),
            (format!("/v1/jobs/{segment}"), "job_not_found"),
            (format!("/v1/tasks/{segment}"), "task_not_found"),
            (format!("/v1/tasks/{segment}/attempts"), "task_not_found"),
            (format!("/v1/queues/{segment}"), "queue_not_found"),
            (format!("/v1/templates/{segment}"), "template_not_found"),
            (format!("/v1/templates/{segment}/versions/1"), "template_not_found"),
            (format!("/docs/{segment}"), "route_not_found"),
        ] {
            app.get(&path).await.problem(404, code);
        }
    }
    app.get(&results("%61")).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn an_id_that_nothing_has_is_an_unknown_resource() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let unknown = Uuid::now_v7();
    app.get(&format!("/v1/pipelines/{unknown}")).await.problem(404, "pipeline_not_found");
    app.get(&format!("/v1/jobs/{unknown}")).await.problem(404, "job_not_found");
    app.get(&format!("/v1/tasks/{unknown}")).await.problem(404, "task_not_found");
    app.get(&format!("/v1/jobs/{}", id(&pipeline))).await.problem(404, "job_not_found");
    app.get(&format!("/v1/pipelines/{unknown}/jobs/a/results")).await.problem(404, "pipeline_not_found");
    app.get(&format!("/v1/pipelines/{}/jobs/b/results", id(&pipeline))).await.problem(404, "job_not_found");
    app.finish().await;
}

#[tokio::test]
async fn every_response_carries_the_callers_request_id() {
    let app = TestApp::start().await;
    for (method, path) in [
        (Method::GET, "/v1/pipelines"),
        (Method::GET, "/nothing"),
        (Method::PUT, "/v1/pipelines"),
        (Method::POST, "/v1/pipelines"),
        (Method::GET, "/v1/tasks/nope"),
        (Method::GET, "/healthz"),
    ] {
        let answer = app.send(app.request(method, path).header("x-request-id", "asked-42")).await;
        assert_eq!(answer.header("x-request-id"), Some("asked-42"), "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_response_to_a_request_without_an_id_carries_a_new_one() {
    let app = TestApp::start().await;
    let first = app.get("/v1/pipelines").await;
    let second = app.get("/nothing").await;
    let (first, second) = (first.header("x-request-id").unwrap(), second.header("x-request-id").unwrap());
    assert!(!first.is_empty() && first != second);
    app.finish().await;
}

#[tokio::test]
async fn a_request_id_of_any_length_is_no_reason_to_fail() {
    let app = TestApp::start().await;
    for length in [200, 201, 4_000] {
        let request_id = "x".repeat(length);
        let request = app
            .request(Method::POST, "/v1/jobs")
            .header("x-request-id", request_id)
            .json(&json!({"type": "a"}));
        let answer = app.send(request).await;
        answer.expect(201);
        assert!(answer.header("x-request-id").is_some());
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_without_a_correlation_id_gets_the_request_id() {
    let app = TestApp::start().await;
    let body = json!({"name": "test", "jobs": [job("a", json!({}))]});
    let request = app.request(Method::POST, "/v1/pipelines").header("x-request-id", "asked-42").json(&body);
    assert_eq!(app.send(request).await.expect(201)["correlation_id"], "asked-42");
    let answer = app.post("/v1/pipelines", body).await;
    assert_eq!(answer.json()["correlation_id"].as_str(), answer.header("x-request-id"));
    assert_eq!(app.lease("a").await["correlation_id"], "asked-42");
    app.finish().await;
}

#[tokio::test]
async fn the_trace_of_a_creating_request_reaches_the_worker() {
    let app = TestApp::start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = app
        .request(Method::POST, "/v1/pipelines")
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
        .header("tracestate", "vendor=value")
        .json(&json!({"name": "test", "jobs": [job("a", json!({}))]}));
    let pipeline = app.send(request).await.expect(201);
    let task = app.lease("a").await;
    for resource in [&pipeline, &task] {
        assert!(resource["traceparent"].as_str().is_some_and(|parent| parent.contains(trace)), "{resource}");
        assert_eq!(resource["tracestate"], "vendor=value");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_trace_header_that_is_none_is_ignored() {
    let app = TestApp::start().await;
    for parent in [
        "nonsense",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0-01",
    ] {
        let request =
            app.request(Method::POST, "/v1/jobs").header("traceparent", parent).json(&json!({"type": "a"}));
        app.send(request).await.expect(201);
        let task = app.lease("a").await;
        assert_ne!(task["traceparent"], parent);
    }
    app.finish().await;
}
