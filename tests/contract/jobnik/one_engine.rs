//! One engine, one truth: what is made here is in the audit and the metrics, and its types are any text wherever types are read.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_server::{Auth, Settings};
use windlass_tests::{BOOTSTRAP, TestApp, id};

use super::support::{Jobnik, V1};

#[tokio::test]
async fn each_change_of_a_state_is_in_the_audit_under_the_same_ids() {
    let jobnik = Jobnik::start().await;
    let (job, stage) = jobnik.running("resize", 1).await;
    let task = jobnik.dequeue("resize").await;
    jobnik.put_job(&job, "PAUSED").await.expect(200);
    jobnik.put_job(&job, "PENDING").await.expect(200);
    jobnik.complete(&task).await;
    let of = |event: &Value, member: &str| event[member].as_str().unwrap_or("-").to_owned();
    let events = jobnik.0.walk_events(&format!("?pipeline_id={}", id(&job))).await;
    let told: BTreeSet<String> = events
        .iter()
        .map(|event| {
            format!(
                "{} {} to {} {}",
                of(event, "entity"),
                of(event, "from"),
                of(event, "to"),
                of(event, "flag")
            )
        })
        .collect();
    for expected in [
        "pipeline - to pending -",
        "job - to queued -",
        "job queued to running -",
        "pipeline pending to running -",
        "task queued to running -",
        "pipeline running to running paused",
        "pipeline running to running resumed",
        "task running to succeeded -",
        "job running to succeeded -",
        "pipeline running to succeeded -",
    ] {
        assert!(told.contains(expected), "{expected}: {told:#?}");
    }
    let leased = events.iter().find(|event| event["to"] == "running" && event["entity"] == "task").unwrap();
    assert_eq!(
        (&leased["job_id"], &leased["task_id"], &leased["worker_id"]),
        (&stage["id"], &task["id"], &json!("jobnik"))
    );
    jobnik.0.finish().await;
}

#[tokio::test]
async fn its_tasks_are_in_the_metrics_and_queues_of_all() {
    let jobnik = Jobnik::start().await;
    jobnik.running("resize", 3).await;
    let task = jobnik.dequeue("resize").await;
    jobnik.complete(&task).await;
    let text = jobnik.0.get("/metrics").await.has(200).text.clone();
    let has = |line: &str| assert!(text.lines().any(|written| written == line), "{line}\n{text}");
    has("windlass_queue_tasks{type=\"resize\",state=\"queued\"} 2");
    has("windlass_dequeues_total{answer=\"tasks\"} 1");
    let ended = text.lines().find(|line| line.starts_with("windlass_attempts_total{")).unwrap();
    assert!(ended.contains("type=\"resize\"") && ended.contains("outcome=\"succeeded\""), "{ended}");
    let queue = jobnik.0.get("/v1/queues/resize").await.expect(200);
    assert_eq!((&queue["type"], &queue["queued"]), (&json!("resize"), &json!(2)), "{queue}");
    jobnik.0.finish().await;
}

/// 50 characters, none of which a type of `/v1` may have but the letters.
fn any_text() -> String {
    format!("résize it/\"ä\"\n{}", "é".repeat(36))
}

#[tokio::test]
async fn types_are_any_text_for_all_that_reads_them_and_what_v1_creates_keeps_its_own_set() {
    let jobnik = Jobnik::start().await;
    let kind = any_text();
    assert_eq!(kind.chars().count(), 50);
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, &kind).await;
    assert_eq!(stage["type"], kind);
    jobnik.tasks(&stage, 3, 1).await;
    let encoded = kind.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"));
    let task = jobnik.dequeue(&encoded).await;
    jobnik.complete(&task).await;
    let listed = jobnik.0.get(&format!("{V1}/stages?stage_type={encoded}")).await.expect(200);
    assert_eq!(listed[0]["id"], stage["id"]);
    let queue = jobnik.0.get(&format!("/v1/queues/{encoded}")).await.expect(200);
    assert_eq!(queue["type"], kind);
    let set_paused = async |paused: bool| {
        let changed = jobnik.0.patch(&format!("/v1/queues/{encoded}"), json!({"paused": paused})).await;
        assert_eq!(changed.expect(200)["paused"], paused);
    };
    set_paused(true).await;
    jobnik.expect_nothing(&encoded).await;
    set_paused(false).await;
    assert_eq!(jobnik.0.walk(&format!("/v1/jobs?type={encoded}")).await.len(), 1);
    assert_eq!(jobnik.0.walk(&format!("/v1/tasks?type={encoded}")).await.len(), 3);
    let leased = jobnik.0.lease(&kind).await;
    assert_eq!(leased["type"], kind);
    jobnik.0.complete(&leased).await;
    let service = jobnik.0.get("/jobnik/service-metrics").await.has(200).text.clone();
    let escaped = kind.replace('"', "\\\"").replace('\n', "\\n");
    assert!(
        service.contains(&format!("task_status=\"COMPLETED\",stage_type=\"{escaped}\"}} 2")),
        "{service}"
    );

    let ask = |kind: String| jobnik.0.post("/v1/tasks/dequeue", json!({"types": [kind], "worker_id": "w"}));
    ask("é".repeat(100)).await.expect(200);
    for wrong in ["é".repeat(101), String::new()] {
        assert_eq!(ask(wrong).await.invalid(), ["/types/0"]);
    }
    let refused = jobnik.0.refused(json!([{"key": "a", "type": kind}])).await;
    assert_eq!(refused.invalid(), ["/jobs/0/type"]);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn the_dashboard_shows_it_whatever_its_types_are() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles <b>").await;
    let stage = jobnik.stage(&job, "<script>").await;
    jobnik.tasks(&stage, 1, 1).await;
    let task = jobnik.dequeue("%3Cscript%3E").await;
    for path in [
        format!("pipelines/{}", id(&job)),
        format!("jobs/{}", id(&stage)),
        format!("tasks/{}", id(&task)),
        "queues/%3Cscript%3E".to_owned(),
    ] {
        let page = jobnik.0.get(&format!("/ui/{path}")).await;
        assert!(page.has(200).text.contains("&lt;script&gt;"), "{path}: {}", page.text);
        assert!(!page.text.contains("<script>"), "{path}: {}", page.text);
    }
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_key_may_be_narrowed_to_any_text() {
    let settings = Settings { auth: Auth::Keys, ..Settings::default() };
    settings.bootstrap_key.set(Some(BOOTSTRAP)).unwrap();
    let app = TestApp::start_with(settings).await.with_key(BOOTSTRAP);
    let types = json!(["résize it", "é".repeat(100)]);
    let key = app.new_key(json!({"name": "narrow", "scopes": ["produce", "work"], "types": types})).await;
    assert_eq!(key["types"], types);
    let calls = || app.calls(key["key"].as_str().unwrap());
    let job = calls().post(&format!("{V1}/jobs"), json!({"name": "tiles", "data": {}})).await.expect(201);
    let stages = format!("{V1}/jobs/{}/stage", id(&job));
    calls().post(&stages, json!({"type": "résize it", "data": {}})).await.expect(201);
    let other = calls().post(&stages, json!({"type": "resize it", "data": {}})).await;
    assert_eq!(other.expect(403)["code"], "FORBIDDEN");
    app.finish().await;
}
