//! What all verbs have in common: their optional `{"reason": "…"}`, the events that record it, and what is refused.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

async fn last_event(app: &TestApp, filter: &str) -> Value {
    app.walk_events(&format!("?{filter}")).await.last().unwrap().clone()
}

#[tokio::test]
async fn the_reason_of_a_verb_is_shown_by_its_event_and_by_the_resource() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let (a, b) = (app.job_path(&pipeline, "a").await, app.job_path(&pipeline, "b").await);
    for (path, verb, flag, to) in [
        (&path, "pause", json!("paused"), "pending"),
        (&path, "resume", json!("resumed"), "pending"),
        (&a, "pause", json!("paused"), "queued"),
        (&a, "resume", json!("resumed"), "queued"),
        (&a, "cancel", Value::Null, "cancelled"),
        (&b, "skip", Value::Null, "skipped"),
        (&path, "retry", Value::Null, "running"),
        (&path, "cancel", Value::Null, "cancelled"),
    ] {
        let reason = format!("{verb} because");
        let answered = app.post(&format!("{path}/{verb}"), json!({"reason": reason})).await.expect(200);
        let entity = if path.contains("/jobs/") { "job" } else { "pipeline" };
        let filter = format!("{entity}_id={}", id(&answered));
        let events = app.walk_events(&format!("?{filter}")).await;
        let is_the_end = |event: &&Value| event["entity"] == entity && event["to"] == to;
        let event = events.iter().rev().find(is_the_end).unwrap();
        assert_eq!((&event["reason"], &event["flag"]), (&json!(reason), &flag), "{verb} {event}");
        assert_eq!(event["actor"], "client", "{verb} {event}");
        if verb == "cancel" || verb == "skip" {
            assert_eq!(answered["reason"], reason);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_verb_that_changes_nothing_appends_no_event() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let filter = format!("pipeline_id={}", id(&pipeline));
    for verb in ["resume", "pause", "pause", "cancel", "cancel"] {
        let before = last_event(&app, &filter).await;
        let first = app.pipeline(&pipeline).await;
        let again = app.post(&format!("{path}/{verb}"), json!({"reason": "again"})).await.expect(200);
        if first == again {
            assert_eq!(last_event(&app, &filter).await["id"], before["id"], "{verb}");
        }
    }
    let flags: Vec<Value> = app.walk_events(&format!("?{filter}")).await;
    assert_eq!(flags.iter().filter(|event| event["flag"] == "paused").count(), 1);
    assert_eq!(
        flags.iter().filter(|event| event["to"] == "cancelled").count(),
        2,
        "of the pipeline and its job"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_reason_has_up_to_1000_characters_and_verbs_take_nothing_else() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let job = app.job_path(&pipeline, "a").await;
    let task = format!("/v1/tasks/{}", id(&app.tasks(&app.job(&pipeline, "a").await).await[0]));
    let calls = [
        (&path, vec!["cancel", "pause", "resume", "retry", "seal"]),
        (&job, vec!["cancel", "pause", "resume", "retry", "skip", "seal"]),
        (&task, vec!["cancel", "retry"]),
    ];
    for (path, verbs) in calls {
        for verb in verbs {
            let path = format!("{path}/{verb}");
            for (body, pointer) in [
                (json!({"reason": "é".repeat(1_001)}), "/reason"),
                (json!({"reason": ""}), "/reason"),
                (json!({"reason": 1}), "/reason"),
                (json!({"reson": "x"}), "/reson"),
                (json!([]), ""),
            ] {
                assert_eq!(app.post(&path, body).await.invalid(), [pointer], "{path}");
            }
            let scoped = app.post(&path, json!({"scope": "some"})).await;
            assert_eq!(scoped.invalid(), ["/scope"], "{path}");
        }
    }
    let longest = app.post(&format!("{path}/pause"), json!({"reason": "é".repeat(1_000)})).await.expect(200);
    assert_eq!(longest["paused"], true);
    app.finish().await;
}

#[tokio::test]
async fn a_verb_on_what_is_not_there_is_404_with_its_code_before_its_body_is_judged() {
    let app = TestApp::start().await;
    for (path, verbs, code) in [
        ("pipelines", vec!["cancel", "pause", "resume", "retry"], "pipeline_not_found"),
        ("jobs", vec!["cancel", "pause", "resume", "retry", "skip"], "job_not_found"),
        ("tasks", vec!["cancel", "retry"], "task_not_found"),
    ] {
        for verb in verbs {
            for id in ["none".to_owned(), uuid::Uuid::now_v7().to_string()] {
                let path = format!("/v1/{path}/{id}/{verb}");
                app.post_empty(&path).await.problem(404, code);
                app.post(&path, json!({"reason": 1})).await.problem(404, code);
                app.post_text(&path, "{").await.problem(400, "malformed_request");
            }
        }
    }
    app.finish().await;
}
