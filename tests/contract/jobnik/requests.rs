//! What is refused of a request before anything is looked at.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use windlass_tests::id;

use super::support::{Jobnik, V1, invalid, refused};

#[tokio::test]
async fn unknown_fields_of_a_post_are_refused_and_those_of_a_put_are_not() {
    let jobnik = Jobnik::start().await;
    invalid(&jobnik.0.post(&format!("{V1}/jobs"), json!({"name": "tiles", "data": {}, "stages": []})).await);
    let job = jobnik.job("tiles").await;
    invalid(&jobnik.stage_with(&job, json!({"type": "a", "data": {}, "order": 1})).await);
    let stage = jobnik.stage(&job, "a").await;
    invalid(&jobnik.add_tasks(&stage, json!([{"data": {}, "type": "a"}])).await);
    invalid(&jobnik.add_tasks(&stage, json!([])).await);
    let path = format!("{V1}/jobs/{}/status", id(&job));
    jobnik.0.put(&path, json!({"status": "PAUSED", "reason": "night"})).await.expect(200);
    for empty in ["", "x"] {
        invalid(&jobnik.0.post(&format!("{V1}/jobs"), json!({"name": empty, "data": {}})).await);
    }
    for kind in [String::new(), "x".repeat(51)] {
        invalid(&jobnik.stage_with(&job, json!({"type": kind, "data": {}})).await);
    }
    jobnik.stage_with(&job, json!({"type": "x".repeat(50), "data": {}})).await.expect(201);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn parameters_are_known_and_right_and_given_once() {
    let jobnik = Jobnik::start().await;
    assert_eq!(invalid(&jobnik.0.get(&format!("{V1}/jobs?foo=1")).await), "Unknown query parameter 'foo'");
    for query in [
        "jobs?job_name=",
        "jobs?job_name=a",
        "jobs?priority=high",
        "jobs?should_return_stages=1",
        "jobs?page=1",
        "jobs?job_name=ab&job_name=ab",
        "jobs?from_date=yesterday",
        "stages?job_id=1",
        "stages?stage_operation_status=DONE",
        "tasks?status=DONE",
        "tasks?stage_id=x",
        "tasks?should_return_tasks=true",
    ] {
        invalid(&jobnik.0.get(&format!("{V1}/{query}")).await);
    }
    invalid(&jobnik.0.post(&format!("{V1}/jobs?a=1"), json!({"name": "tiles", "data": {}})).await);
    for (path, name) in [("jobs/x", "jobId"), ("stages/1", "stageId"), ("tasks/y", "taskId")] {
        let message = format!("request/params/{name} must match format \"uuid\"");
        assert_eq!(invalid(&jobnik.0.get(&format!("{V1}/{path}")).await), message);
    }
    let long = format!("{V1}/stages/{}/tasks/dequeue", "x".repeat(51));
    invalid(&jobnik.0.send(jobnik.0.request(Method::PATCH, &long)).await);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_is_no_call_says_so_with_a_body() {
    let jobnik = Jobnik::start().await;
    for path in ["/jobnik/v1/nothing", "/jobnik/v2/jobs", "/jobnik/v1/", "/jobnik/docs"] {
        refused(&jobnik.0.get(path).await, 404, "UNKNOWN_ERROR", "not found");
    }
    let jobs = format!("{V1}/jobs");
    refused(&jobnik.0.delete(&jobs).await, 405, "UNKNOWN_ERROR", "DELETE method not allowed");
    let text = jobnik.0.request(Method::POST, &jobs).header("content-type", "text/plain").body("a");
    refused(&jobnik.0.send(text).await, 415, "UNKNOWN_ERROR", "unsupported media type text/plain");
    invalid(&jobnik.0.post_text(&jobs, "{").await);
    invalid(&jobnik.0.post_empty(&jobs).await);
    let nested = format!(r#"{{"name":"ab","data":{{"a":{}1{}}}}}"#, "[".repeat(127), "]".repeat(127));
    invalid(&jobnik.0.post_text(&jobs, nested).await);
    let large = format!(r#"{{"name":"ab","data":{{"a":"{}"}}}}"#, "x".repeat(16 * 1_048_576));
    refused(&jobnik.0.post_text(&jobs, large).await, 413, "UNKNOWN_ERROR", "request entity too large");
    let data = format!(r#"{{"name":"ab","data":{{"a":"{}"}}}}"#, "x".repeat(1_048_576));
    invalid(&jobnik.0.post_text(&jobs, data).await);
    let stray = jobnik.0.request(Method::PUT, &format!("{V1}/tasks/{}/status", Uuid::now_v7()));
    invalid(&jobnik.0.send(stray.header("content-type", "application/json")).await);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_slash_at_the_end_and_another_case_are_taken_and_types_stay_distinct() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "Resize").await;
    jobnik.tasks(&stage, 1, 1).await;
    jobnik.0.get("/jobnik/V1/JOBS/").await.expect(200);
    jobnik
        .0
        .get(&format!("/jobnik/v1/Jobs/{}/Stages/?should_return_tasks=false", id(&job)))
        .await
        .expect(200);
    jobnik.expect_nothing("resize").await;
    let request = jobnik.0.request(Method::PATCH, "/jobnik/v1/Stages/Resize/Tasks/Dequeue/");
    jobnik.0.send(request).await.expect(200);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let jobnik = Jobnik::start().await;
    let request = jobnik.0.request(Method::GET, &format!("{V1}/jobs/x")).header("x-request-id", "mine");
    assert_eq!(jobnik.0.send(request).await.header("x-request-id"), Some("mine"));
    assert!(jobnik.0.get(&format!("{V1}/jobs")).await.header("x-request-id").is_some());
    jobnik.0.finish().await;
}

#[tokio::test]
async fn another_method_is_405_with_a_body_and_head_is_get_without_one() {
    let jobnik = Jobnik::start().await;
    let jobs = format!("{V1}/jobs");
    for method in [Method::OPTIONS, Method::TRACE, Method::PUT, Method::from_bytes(b"PURGE").unwrap()] {
        let answer = jobnik.0.send(jobnik.0.request(method.clone(), &jobs)).await;
        refused(&answer, 405, "UNKNOWN_ERROR", &format!("{method} method not allowed"));
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")), "{method}");
    }
    let head = jobnik.0.send(jobnik.0.request(Method::HEAD, &jobs)).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let dequeue = format!("{V1}/stages/resize/tasks/dequeue");
    refused(&jobnik.0.get(&dequeue).await, 405, "UNKNOWN_ERROR", "GET method not allowed");
    jobnik.0.finish().await;
}
