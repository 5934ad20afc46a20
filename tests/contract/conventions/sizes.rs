//! Limits of sizes and counts: each at the limit, and one past it; a refusal has the limit as a number.

use serde_json::{Value, json};
use windlass_server::Limits;
use windlass_tests::{Answer, TestApp, id, job};

const KIB: usize = 1024;

/// A JSON text of exactly so many bytes.
fn text_of_bytes(bytes: usize) -> String {
    "x".repeat(bytes - 2)
}

/// A JSON object of exactly so many bytes.
fn object_of_bytes(bytes: usize) -> Value {
    json!({"a": "x".repeat(bytes - r#"{"a":""}"#.len())})
}

/// Checks that a refusal points there and that a detail has the limit.
#[track_caller]
fn over(answer: &Answer, pointer: &str, limit: usize) {
    over_in(&answer.problem(422, "validation_failed"), pointer, limit);
}

#[track_caller]
fn over_in(problem: &Value, pointer: &str, limit: usize) {
    assert_eq!(windlass_tests::pointers(problem), [pointer]);
    let details = [&problem["detail"], &problem["errors"][0]["detail"]]
        .map(|detail| detail.as_str().unwrap().replace(',', ""));
    let numbers =
        details.iter().flat_map(|detail| detail.split(|character: char| !character.is_ascii_digit()));
    let mut numbers = numbers.filter_map(|number| number.parse::<usize>().ok());
    assert!(numbers.any(|number| number == limit), "{limit} is not in {details:?}");
}

#[tokio::test]
async fn a_payload_has_up_to_256_kib() {
    let app = TestApp::start().await;
    let limit = 256 * KIB;
    app.post("/v1/jobs", json!({"type": "a", "payload": text_of_bytes(limit)})).await.expect(201);
    over(
        &app.post("/v1/jobs", json!({"type": "a", "payload": text_of_bytes(limit + 1)})).await,
        "/payload",
        limit,
    );
    app.post("/v1/jobs", json!({"type": "a", "tasks": [{"payload": text_of_bytes(limit)}]}))
        .await
        .expect(201);
    let refusal = app
        .post("/v1/jobs", json!({"type": "a", "tasks": [{}, {"payload": text_of_bytes(limit + 1)}]}))
        .await;
    over(&refusal, "/tasks/1/payload", limit);
    app.finish().await;
}

#[tokio::test]
async fn a_size_counts_the_compact_json_in_utf_8() {
    let app = TestApp::start().await;
    let limit = 256 * KIB;
    let wide = format!("[{}1]", " ".repeat(2 * limit));
    app.post_text("/v1/jobs", format!(r#"{{"type": "a", "payload": {wide}}}"#)).await.expect(201);
    let umlauts = "ü".repeat((limit - 2) / 2);
    app.post("/v1/jobs", json!({"type": "a", "payload": umlauts})).await.expect(201);
    over(&app.post("/v1/jobs", json!({"type": "a", "payload": umlauts + "ü"})).await, "/payload", limit);
    app.finish().await;
}

#[tokio::test]
async fn metadata_has_up_to_256_kib() {
    let app = TestApp::start().await;
    let limit = 256 * KIB;
    let pipeline =
        |metadata: Value| json!({"name": "test", "metadata": metadata, "jobs": [job("a", json!({}))]});
    app.post("/v1/pipelines", pipeline(object_of_bytes(limit))).await.expect(201);
    over(&app.post("/v1/pipelines", pipeline(object_of_bytes(limit + 1))).await, "/metadata", limit);
    app.post("/v1/jobs", json!({"type": "a", "metadata": object_of_bytes(limit)})).await.expect(201);
    over(
        &app.post("/v1/jobs", json!({"type": "a", "metadata": object_of_bytes(limit + 1)})).await,
        "/metadata",
        limit,
    );
    let tasks = json!({"type": "a", "tasks": [{"metadata": object_of_bytes(limit + 1)}]});
    over(&app.post("/v1/jobs", tasks).await, "/tasks/0/metadata", limit);
    app.finish().await;
}

#[tokio::test]
async fn a_result_has_up_to_256_kib() {
    let app = TestApp::start().await;
    let limit = 256 * KIB;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    over(&app.report(&task, "complete", json!({"result": text_of_bytes(limit + 1)})).await, "/result", limit);
    app.report(&task, "complete", json!({"result": text_of_bytes(limit)})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn an_errors_message_has_up_to_4_kib_and_its_detail_up_to_64() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let fail = |message: String, detail: Value| json!({"error": {"category": "unknown", "message": message, "detail": detail}});
    let refusal = app.report(&task, "fail", fail("x".repeat(4 * KIB + 1), json!(null))).await;
    assert_eq!(refusal.invalid(), ["/error/message"]);
    let refusal = app.report(&task, "fail", fail("ü".repeat(2 * KIB + 1), json!(null))).await;
    assert_eq!(refusal.invalid(), ["/error/message"]);
    let refusal = app.report(&task, "fail", fail(String::new(), json!(text_of_bytes(64 * KIB + 1)))).await;
    assert_eq!(refusal.invalid(), ["/error/detail"]);
    app.report(&task, "fail", fail("x".repeat(4 * KIB), json!(text_of_bytes(64 * KIB)))).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_has_up_to_1000_jobs() {
    let app = TestApp::start().await;
    let jobs = |range: std::ops::Range<usize>| {
        range.map(|number| job(&format!("job-{number}"), json!({}))).collect::<Vec<_>>()
    };
    over(&app.refused(json!(jobs(0..1001))).await, "/jobs", 1000);
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs(0..999)})).await;
    let path = format!("/v1/pipelines/{}/jobs", id(&pipeline));
    over(&app.post(&path, json!({"jobs": jobs(999..1001)})).await, "/jobs", 1000);
    app.post(&path, json!({"jobs": jobs(999..1000)})).await.expect(201);
    over(&app.post(&path, json!({"jobs": jobs(1000..1001)})).await, "/jobs", 1000);
    assert_eq!(app.pipeline(&pipeline).await["jobs"].as_array().unwrap().len(), 1000);
    app.finish().await;
}

#[tokio::test]
async fn a_call_adds_up_to_10000_tasks() {
    let app = TestApp::start().await;
    let tasks = |count: usize| vec![json!({}); count];
    let pipeline = app.submit(json!([job("a", json!({"sealed": false}))])).await;
    let path = format!("{}/tasks", app.job_path(&pipeline, "a").await);
    over(&app.post(&path, json!({"tasks": tasks(10_001)})).await, "/tasks", 10_000);
    let added = app.post(&path, json!({"tasks": tasks(10_000)})).await.expect(201);
    assert_eq!(added["ids"].as_array().unwrap().len(), 10_000);
    app.post(&path, json!({"tasks": tasks(1)})).await.expect(201);
    assert_eq!(app.job(&pipeline, "a").await["counts"]["total"], 10_001);
    app.finish().await;
}

#[tokio::test]
async fn a_new_pipeline_brings_up_to_10000_tasks_over_all_its_jobs() {
    let app = TestApp::start().await;
    let tasks = |count: usize| json!({"tasks": vec![json!({}); count]});
    let problem = app.refused(json!([job("a", tasks(5_000)), job("b", tasks(5_001))])).await;
    problem.problem(422, "validation_failed");
    assert!(problem.text.replace(',', "").contains("10000"), "{}", problem.text);
    app.submit(json!([job("a", tasks(5_000)), job("b", tasks(5_000))])).await;
    app.finish().await;
}

#[tokio::test]
async fn the_tasks_that_jobs_get_unasked_count_in_any_order() {
    let limits = Limits { tasks_per_call: 3, ..Limits::default() };
    let app = TestApp::start_within(limits).await;
    let given = job("given", json!({"tasks": [{}, {}, {}]}));
    let unasked = job("unasked", json!({}));
    over(&app.refused(json!([given, unasked])).await, "/jobs/1/tasks", 3);
    over(&app.refused(json!([unasked, given])).await, "/jobs/1/tasks", 3);
    let open = json!({"name": "n", "sealed": false, "jobs": []});
    let path = format!("/v1/pipelines/{}/jobs", id(&app.post("/v1/pipelines", open).await.expect(201)));
    over(&app.post(&path, json!({"jobs": [given, unasked]})).await, "/jobs/1/tasks", 3);
    let many: Vec<_> = (0..4).map(|number| job(&format!("job-{number}"), json!({}))).collect();
    over(&app.post(&path, json!({"jobs": many})).await, "/jobs/3/tasks", 3);
    app.post(&path, json!({"jobs": many[..3]})).await.expect(201);
    app.submit(json!([given, job("gate", json!({"sealed": false}))])).await;
    app.finish().await;
}

#[tokio::test]
async fn a_completion_adds_up_to_10000_tasks() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"sealed": false}))])).await;
    let task = app.lease("a").await;
    let add = |count: usize| json!({"add_tasks": [{"job": "b", "tasks": vec![json!({}); count]}]});
    let refusal = app.report(&task, "complete", add(10_001)).await;
    refusal.problem(422, "validation_failed");
    assert!(refusal.text.replace(',', "").contains("10000"), "{}", refusal.text);
    app.report(&task, "complete", add(10_000)).await.expect(200);
    assert_eq!(app.job(&pipeline, "b").await["counts"]["total"], 10_000);
    app.finish().await;
}

#[tokio::test]
async fn a_batch_has_up_to_1000_items() {
    let app = TestApp::start().await;
    let item = json!({"id": uuid::Uuid::now_v7(), "lease_token": uuid::Uuid::now_v7()});
    for verb in ["heartbeat", "complete", "fail"] {
        let path = format!("/v1/tasks/{verb}");
        let results = app.post(&path, json!({"tasks": vec![item.clone(); 1000]})).await.expect(200);
        assert_eq!(results["results"].as_array().unwrap().len(), 1000);
        over(&app.post(&path, json!({"tasks": vec![item.clone(); 1001]})).await, "/tasks", 1000);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_report_has_up_to_32_metrics() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let metrics = |count: usize| -> Value {
        (0..count).map(|number| (format!("metric_{number}"), json!(number))).collect()
    };
    assert_eq!(app.report(&task, "complete", json!({"metrics": metrics(33)})).await.invalid(), ["/metrics"]);
    for bad in [json!([]), json!(1), json!("cpu")] {
        assert_eq!(app.report(&task, "complete", json!({"metrics": bad})).await.invalid(), ["/metrics"]);
    }
    for bad in [json!("1"), json!(null), json!({}), json!(true)] {
        assert_eq!(
            app.report(&task, "complete", json!({"metrics": {"cpu": bad}})).await.invalid(),
            ["/metrics/cpu"]
        );
    }
    app.report(&task, "complete", json!({"metrics": metrics(32)})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn templates_and_schedules_take_as_much_as_is_configured() {
    let app = TestApp::start_within(Limits { json_bytes: 300 * 1_024, ..Limits::default() }).await;
    let large = object_of_bytes(300 * 1_024);
    let template =
        |payload: &Value| json!({"pipeline": {"name": "n", "jobs": [job("a", json!({"payload": payload}))]}});
    let over_by_one = object_of_bytes(300 * 1_024 + 1);
    over(&app.put("/v1/templates/t", template(&over_by_one)).await, "/pipeline/jobs/0/payload", 300 * 1_024);
    app.put("/v1/templates/t", template(&large)).await.expect(201);
    let schedule =
        |metadata: &Value| json!({"cron": "@daily", "template": {"name": "t"}, "metadata": metadata});
    over(&app.put("/v1/schedules/s", schedule(&over_by_one)).await, "/metadata", 300 * 1_024);
    app.put("/v1/schedules/s", schedule(&large)).await.expect(201);
    for path in ["/v1/templates/t/pipelines", "/v1/templates/t/preview"] {
        over(&app.post(path, json!({"metadata": over_by_one})).await, "/metadata", 300 * 1_024);
        let answer = app.post(path, json!({"metadata": large})).await;
        assert!([200, 201].contains(&answer.status), "{path}: {}", answer.text);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_sizes_of_bodies_payloads_and_calls_can_be_configured() {
    let limits = Limits {
        body_bytes: 2_000,
        json_bytes: 100,
        jobs_per_pipeline: 3,
        edges_per_pipeline: 2,
        tasks_per_call: 5,
        ..Limits::default()
    };
    let app = TestApp::start_within(limits).await;
    let tasks = |count: usize| json!({"type": "a", "sealed": false, "tasks": vec![json!({}); count]});
    let created = app.post("/v1/jobs", tasks(5)).await.expect(201);
    over(&app.post("/v1/jobs", tasks(6)).await, "/tasks", 5);
    let path = format!("/v1/jobs/{}/tasks", id(&created));
    over(&app.post(&path, json!({"tasks": vec![json!({}); 6]})).await, "/tasks", 5);
    let payload = |bytes: usize| json!({"type": "a", "payload": text_of_bytes(bytes), "metadata": object_of_bytes(100)});
    app.post("/v1/jobs", payload(100)).await.expect(201);
    over(&app.post("/v1/jobs", payload(101)).await, "/payload", 100);
    let jobs =
        |count: usize| (0..count).map(|number| job(&format!("job-{number}"), json!({}))).collect::<Vec<_>>();
    app.submit(json!(jobs(3))).await;
    over(&app.refused(json!(jobs(4))).await, "/jobs", 3);
    let on = |parents: &[&str]| json!({"depends_on": parents});
    let graph = |last: &[&str]| json!([job("a", on(&[])), job("b", on(&["a"])), job("c", on(last))]);
    app.submit(graph(&["b"])).await;
    over(&app.refused(graph(&["a", "b"])).await, "/jobs/2/depends_on", 2);
    let open = json!({"name": "n", "sealed": false, "jobs": [job("a", on(&[])), job("b", on(&["a"]))]});
    let path = format!("/v1/pipelines/{}/jobs", id(&app.post("/v1/pipelines", open).await.expect(201)));
    over(&app.post(&path, json!({"jobs": [job("c", on(&["a", "b"]))]})).await, "/jobs", 2);
    app.post(&path, json!({"jobs": [job("c", on(&["b"]))]})).await.expect(201);
    let body = |bytes: usize| format!("{:width$}", r#"{"type": "a"}"#, width = bytes);
    app.post_text("/v1/jobs", body(2_000)).await.expect(201);
    let problem = app.post_text("/v1/jobs", body(2_001)).await.problem(413, "payload_too_large");
    assert!(problem["detail"].as_str().unwrap().contains("2000"), "{problem}");
    app.finish().await;
}
