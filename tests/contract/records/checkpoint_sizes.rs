//! Checkpoints: their bound, their text, and what they add to a dequeue's size.

use serde_json::json;
use windlass_tests::{TestApp, id, job, only};

const LIMIT: usize = 64 * 1024;

#[tokio::test]
async fn a_checkpoint_has_up_to_64_kib_as_compact_json() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let of = |bytes: usize| "x".repeat(bytes - 2);
    for (verb, body) in [
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
        ("fail", json!({"error": {"category": "unknown", "message": ""}})),
        ("release", json!({})),
    ] {
        let mut over = body.clone();
        over["checkpoint"] = json!(of(LIMIT + 1));
        let answer = app.report(&task, verb, over).await;
        assert_eq!(answer.invalid(), ["/checkpoint"]);
        assert!(answer.text.contains("65536"), "{}", answer.text);
    }
    let item = json!({"id": id(&task), "lease_token": task["lease_token"], "checkpoint": of(LIMIT + 1)});
    let answer = app.post("/v1/tasks/heartbeat", json!({"tasks": [item]})).await.expect(200);
    assert_eq!(windlass_tests::pointers(&answer["results"][0]["problem"]), ["/tasks/0/checkpoint"]);
    app.report(&task, "heartbeat", json!({"checkpoint": of(LIMIT)})).await.expect(200);
    assert_eq!(app.task(&task).await["checkpoint"], of(LIMIT));
    app.finish().await;
}

#[tokio::test]
async fn its_text_stays_as_it_was_sent() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let text = r#"{"b":-0,"a":1e5,"a":12345678901234567890123,"s":"\u00e9"}"#;
    let body = format!(r#"{{"lease_token": {}, "checkpoint": {text}}}"#, task["lease_token"]);
    app.post_text(&format!("/v1/tasks/{}/heartbeat", id(&task)), body).await.expect(200);
    let shown = app.get(&format!("/v1/tasks/{}", id(&task))).await;
    assert_eq!(shown.has(200).raw("checkpoint"), text);
    let fail =
        r#"{"error": {"category": "unknown", "message": ""}, "retry": {"after_seconds": 0}, "lease_token": "#;
    let fail = format!("{fail}{}}}", task["lease_token"]);
    let failed = app.post_text(&format!("/v1/tasks/{}/fail", id(&task)), fail).await;
    assert_eq!(failed.has(200).raw("checkpoint"), text);
    let leased = app.post("/v1/tasks/dequeue", json!({"types": ["a"], "worker_id": "w"})).await;
    assert_eq!(windlass_tests::text_of(&only(&leased.has(200).raw("tasks")), "checkpoint"), text);
    app.finish().await;
}

#[tokio::test]
async fn it_counts_towards_a_dequeues_8_mib() {
    let app = TestApp::start().await;
    let text = "x".repeat(LIMIT - 2);
    let tasks = vec![json!({"payload": text}); 100];
    let body = json!({"tasks": tasks, "retry": {"initial_delay_seconds": 0}});
    app.submit(json!([job("a", body)])).await;
    let leased = app.lease_many("a", 100).await;
    assert_eq!(leased.len(), 100, "their payloads alone have 6.25 MiB");
    for task in &leased {
        app.fail_with(task, json!({"checkpoint": text})).await;
    }
    let again = app.lease_many("a", 100).await;
    assert_eq!(again.len(), 64, "128 KiB each");
    assert!(again.iter().all(|task| task["checkpoint"] == text.as_str()));
    app.finish().await;
}
