//! Rule 10: the changes of people beside a state.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// The events with a flag that a filter shows: entity, flag, from, to, reason.
async fn flagged(app: &TestApp, filter: &str) -> Vec<Value> {
    let events = app.walk_events(filter).await;
    let flagged = events.iter().filter(|event| !event["flag"].is_null());
    flagged
        .map(|event| json!([event["entity"], event["flag"], event["from"], event["to"], event["reason"]]))
        .collect()
}

#[tokio::test]
async fn a_seal_of_a_job_or_pipeline_is_recorded_once() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({"sealed": false}))]);
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs})).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let job_path = app.job_path(&pipeline, "a").await;
    for _ in 0..2 {
        app.post(&format!("{job_path}/seal"), json!({"reason": "all is there"})).await.expect(200);
        app.post(&format!("{path}/seal"), json!({"reason": "no more"})).await.expect(200);
    }
    let expected = [
        json!(["job", "sealed", "queued", "queued", "all is there"]),
        json!(["pipeline", "sealed", "running", "running", "no more"]),
    ];
    assert_eq!(flagged(&app, &format!("?pipeline_id={}", id(&pipeline))).await, expected);
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn priority_metadata_deadline_and_delete_of_a_pipeline_are_recorded() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let deadline = app.time_in(1_000).await;
    let all = json!({"priority": "high", "metadata": {"owner": "ops"}, "deadline_at": deadline});
    for _ in 0..2 {
        app.patch(&path, all.clone()).await.expect(200);
    }
    app.succeed("a").await;
    app.patch(&path, json!({"metadata": {"owner": null}})).await.expect(200);
    app.patch(&path, json!({"metadata": {"never was": null}})).await.expect(200);
    app.delete(&path).await.has(204);
    let events = flagged(&app, &format!("?pipeline_id={}", id(&pipeline))).await;
    let expected = [
        json!(["pipeline", "priority", "pending", "pending", null]),
        json!(["pipeline", "metadata", "pending", "pending", null]),
        json!(["pipeline", "deadline", "pending", "pending", null]),
        json!(["pipeline", "metadata", "succeeded", "succeeded", null]),
        json!(["pipeline", "deleted", "succeeded", "succeeded", null]),
    ];
    assert_eq!(events, expected, "what is so already is not recorded");
    app.finish().await;
}

#[tokio::test]
async fn a_queues_pause_and_limit_are_recorded_with_its_type() {
    let app = TestApp::start().await;
    app.patch("/v1/queues/a", json!({"paused": true, "max_running": 3, "reason": "no disk"}))
        .await
        .expect(200);
    app.patch("/v1/queues/a", json!({"paused": true, "reason": "again"})).await.expect(200);
    app.patch("/v1/queues/a", json!({"paused": false, "max_running": null})).await.expect(200);
    app.patch("/v1/queues/b", json!({"paused": false})).await.expect(200);
    let expected = [
        json!(["queue", "paused", "open", "open", "no disk"]),
        json!(["queue", "max_running", "open", "open", "no disk"]),
        json!(["queue", "resumed", "open", "open", null]),
        json!(["queue", "max_running", "open", "open", null]),
    ];
    assert_eq!(flagged(&app, "").await, expected);
    for event in app.walk_events("").await {
        let of = ["pipeline_id", "job_id", "task_id", "correlation_id"].map(|member| &event[member]);
        assert_eq!(of, [&Value::Null; 4], "{event}");
        assert_eq!((&event["type"], &event["actor"]), (&json!("a"), &json!("client")));
    }
    app.finish().await;
}

#[tokio::test]
async fn changes_of_a_pipeline_that_starts_or_ends_meanwhile_stay_in_the_order_of_its_states() {
    let app = TestApp::start_servers(2).await;
    for round in 0..20 {
        let pipeline = app.submit(json!([job("a", json!({}))])).await;
        let path = format!("/v1/pipelines/{}", id(&pipeline));
        let change = async {
            for number in 0..4 {
                let body = json!({"metadata": {"number": [round, number]}, "deadline_at": app.time_in(900 + number).await});
                let answer = app.patch(&path, body).await;
                assert!([200, 409].contains(&answer.status), "{}", answer.text);
            }
        };
        tokio::join!(change, app.succeed("a"));
        let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
        super::events::chained(&app, &pipeline, &events).await;
    }
    app.finish().await;
}
