//! Query parameters, known and unknown.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn an_unknown_query_parameter_is_malformed() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let (pipeline, job) = (id(&pipeline).to_owned(), app.job_path(&pipeline, "a").await);
    for path in [
        "/v1/pipelines?stat=running".to_owned(),
        "/v1/pipelines?type=a".to_owned(),
        "/v1/jobs?name=a".to_owned(),
        "/v1/tasks?key=a".to_owned(),
        "/v1/tasks?State=queued".to_owned(),
        format!("/v1/pipelines/{pipeline}?verbose=true"),
        format!("{job}?limit=1"),
        format!("/v1/pipelines/{pipeline}/jobs/a/results?state=succeeded"),
    ] {
        app.get(&path).await.problem(400, "malformed_request");
    }
    app.post("/v1/jobs?dry_run=true", json!({"type": "a"})).await.problem(400, "malformed_request");
    app.post_empty(&format!("/v1/pipelines/{pipeline}/seal?force=1")).await.problem(400, "malformed_request");
    app.post("/v1/tasks/dequeue?wait=1", json!({"types": ["a"], "worker_id": "w"}))
        .await
        .problem(400, "malformed_request");
    assert_eq!(app.walk("/v1/jobs").await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_bad_value_of_a_known_query_parameter_is_malformed() {
    let app = TestApp::start().await;
    for path in [
        "/v1/pipelines?state=done",
        "/v1/pipelines?state=queued",
        "/v1/pipelines?state=",
        "/v1/pipelines?priority=urgent",
        "/v1/pipelines?created_after=yesterday",
        "/v1/pipelines?created_before=2026-13-01T00:00:00Z",
        "/v1/jobs?state=scheduled",
        "/v1/jobs?pipeline_id=nope",
        "/v1/tasks?state=paused",
        "/v1/tasks?job_id=nope",
        "/v1/tasks?pipeline_id=",
        "/v1/tasks?state=%ff",
    ] {
        app.get(path).await.problem(400, "malformed_request");
    }
    for list in ["/v1/pipelines", "/v1/jobs", "/v1/tasks"] {
        for bad in [
            "limit=0",
            "limit=501",
            "limit=-1",
            "limit=",
            "limit=ten",
            "limit=1.5",
            "limit=99999999999999999999",
            "cursor=nope",
            "cursor=",
        ] {
            app.get(&format!("{list}?{bad}")).await.problem(400, "malformed_request");
        }
        for good in ["limit=1", "limit=500"] {
            app.get(&format!("{list}?{good}")).await.expect(200);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_text_in_a_query_is_malformed_and_named() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let pipeline = format!("/v1/pipelines/{}", id(&pipeline));
    let (job, task) = {
        let tasks = app.walk("/v1/tasks").await;
        let of = |member: &str| tasks[0][member].as_str().unwrap().to_owned();
        (format!("/v1/jobs/{}", of("job_id")), format!("/v1/tasks/{}", of("id")))
    };
    for path in [
        "/v1/pipelines",
        &pipeline,
        &format!("{pipeline}/jobs/a/results"),
        "/v1/jobs",
        &job,
        "/v1/tasks",
        &task,
        &format!("{task}/attempts"),
        "/v1/events",
        "/v1/events/stream",
        "/v1/queues",
        "/v1/queues/a",
        "/v1/workers",
    ] {
        for (query, named) in [
            ("name=%ff", "name"),
            ("type=%C0%AF", "type"),
            ("cursor=%ED%A0%80", "cursor"),
            ("limit=1&name=a%FFb", "name"),
            ("name=%zz", "name"),
            ("name=100%", "name"),
            ("%ff=x", "%ff"),
            ("a%ffb", "a%ffb"),
        ] {
            let problem = app.get(&format!("{path}?{query}")).await.problem(400, "malformed_request");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(named), "{path}?{query}: {detail}");
            assert!(detail.contains("UTF-8") || detail.contains("hexadecimal"), "{path}?{query}: {detail}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_name_is_found_however_it_is_encoded() {
    let app = TestApp::start().await;
    app.submit_with(json!({"name": "é +&%/🦀", "jobs": [job("a", json!({}))]})).await;
    for name in ["%C3%A9%20%2B%26%25%2F%F0%9F%A6%80", "%c3%a9+%2b%26%25/%f0%9f%a6%80"] {
        let list = app.get(&format!("/v1/pipelines?&n%61me={name}&")).await.expect(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_cursor_that_was_tampered_with_is_malformed() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.submit(json!([job("a", json!({}))])).await;
    }
    let (_, cursor) = app.page("/v1/pipelines?limit=1").await;
    let cursor = cursor.unwrap();
    for tampered in [format!("{cursor}x"), cursor[1..].to_owned(), "%00".to_owned(), "A".repeat(10_000)] {
        let answer = app.get(&format!("/v1/pipelines?cursor={tampered}")).await;
        assert!(answer.status == 400 || answer.status == 200, "{tampered}: {}", answer.text);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_filter_that_nothing_matches_answers_an_empty_list() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let unknown = Uuid::now_v7();
    for path in [
        "/v1/pipelines?name=other".to_owned(),
        "/v1/pipelines?correlation_id=other".to_owned(),
        "/v1/jobs?type=other".to_owned(),
        format!("/v1/jobs?pipeline_id={unknown}"),
        "/v1/tasks?type=other".to_owned(),
        format!("/v1/tasks?job_id={unknown}"),
        format!("/v1/tasks?pipeline_id={unknown}"),
    ] {
        assert_eq!(
            app.get(&path).await.expect(200),
            json!({"items": Vec::<Value>::new(), "next_cursor": null}),
            "{path}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn query_parameters_outside_v1_are_nobodys_business() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/healthz?from=probe").await.status, 200);
    assert_eq!(app.get("/readyz?from=probe").await.status, 200);
    app.get("/openapi.json?v=1").await.expect(200);
    app.finish().await;
}
