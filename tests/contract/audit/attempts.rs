//! `GET /v1/tasks/{id}/attempts`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job, only, text_of, time_of};

use crate::conventions::numbers::same_number;

/// A task's attempts as they are listed.
pub(super) async fn attempts(app: &TestApp, task: &Value) -> Vec<Value> {
    app.walk(&format!("/v1/tasks/{}/attempts", id(task))).await
}

/// Number and outcome of each.
pub(super) fn outcomes(attempts: &[Value]) -> Vec<(u64, &str)> {
    attempts
        .iter()
        .map(|attempt| (attempt["number"].as_u64().unwrap(), attempt["outcome"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn attempts_are_listed_oldest_first_with_their_outcomes() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let task = app.tasks(&app.job(&pipeline, "a").await).await.remove(0);
    assert_eq!(attempts(&app, &task).await, Vec::<Value>::new());
    let first = app.dequeue(json!({"types": ["a"], "worker_id": "host-1"})).await.remove(0);
    assert_eq!(outcomes(&attempts(&app, &task).await), [(1, "running")]);
    let error = json!({"category": "network_error", "message": "it broke", "detail": {"x": 1}});
    app.report(&first, "fail", json!({"error": error, "metrics": {"cpu_seconds": 1.5}})).await.expect(200);
    let second = app.dequeue(json!({"types": ["a"], "worker_id": "host-2"})).await.remove(0);
    app.report(&second, "complete", json!({"metrics": {"max_rss_bytes": 4096}})).await.expect(200);
    let listed = attempts(&app, &task).await;
    assert_eq!(outcomes(&listed), [(1, "failed"), (2, "succeeded")]);
    assert_eq!((&listed[0]["worker_id"], &listed[1]["worker_id"]), (&json!("host-1"), &json!("host-2")));
    assert_eq!((&listed[0]["error"], &listed[1]["error"]), (&error, &Value::Null));
    assert_eq!(
        (&listed[0]["metrics"], &listed[1]["metrics"]),
        (&json!({"cpu_seconds": 1.5}), &json!({"max_rss_bytes": 4096}))
    );
    for attempt in &listed {
        assert!(time_of(attempt, "ended_at") >= time_of(attempt, "started_at"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_running_attempt_has_no_end_yet() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let attempt = attempts(&app, &leased).await.remove(0);
    assert_eq!(
        (&attempt["outcome"], &attempt["ended_at"], &attempt["worker_id"]),
        (&json!("running"), &Value::Null, &json!("worker-1"))
    );
    time_of(&attempt, "started_at");
    app.finish().await;
}

#[tokio::test]
async fn a_released_attempt_is_listed_with_the_number_it_gave_back() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let first = app.lease("a").await;
    app.report(&first, "release", json!({})).await.expect(200);
    let second = app.lease("a").await;
    app.complete(&second).await;
    assert_eq!(outcomes(&attempts(&app, &first).await), [(1, "released"), (1, "succeeded")]);
    app.finish().await;
}

#[tokio::test]
async fn a_cancelled_attempt_has_that_outcome() {
    let app = TestApp::start().await;
    for level in ["pipelines", "jobs", "tasks"] {
        app.submit(json!([job("a", json!({}))])).await;
        let leased = app.lease("a").await;
        let resource = match level {
            "pipelines" => &leased["pipeline_id"],
            "jobs" => &leased["job_id"],
            _ => &leased["id"],
        };
        app.verb(&format!("/v1/{level}/{}", resource.as_str().unwrap()), "cancel").await;
        let listed = attempts(&app, &leased).await;
        assert_eq!(outcomes(&listed), [(1, "cancelled")], "{level}");
        assert!(listed[0]["ended_at"].is_string(), "{level}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_expired_lease_and_a_timeout_are_failed_attempts_of_their_category() {
    let app = TestApp::start().await;
    let retry = json!({"max_attempts": 1});
    app.submit(json!([
        job("a", json!({"retry": retry})),
        job("b", json!({"retry": retry, "timeout_seconds": 10}))
    ]))
    .await;
    for (kind, category) in [("a", "lease_expired"), ("b", "timeout")] {
        let leased = app.lease(kind).await;
        app.advance(61).await;
        eventually("the attempt is ended", || async {
            (app.task(&leased).await["state"] == "failed").then_some(())
        })
        .await;
        let listed = attempts(&app, &leased).await;
        assert_eq!(
            (outcomes(&listed), &listed[0]["error"]["category"]),
            (vec![(1, "failed")], &json!(category))
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn many_attempts_are_walked_page_by_page() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"max_attempts": 12, "initial_delay_seconds": 0}}))])).await;
    let mut task = Value::Null;
    for _ in 0..12 {
        task = app.lease("a").await;
        app.fail(&task).await;
    }
    for limit in [1, 5, 12] {
        let listed = app.walk(&format!("/v1/tasks/{}/attempts?limit={limit}", id(&task))).await;
        let numbers: Vec<_> = listed.iter().map(|attempt| attempt["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    }
    app.finish().await;
}

#[tokio::test]
async fn a_metric_is_stored_exactly_or_refused() {
    let app = TestApp::start().await;
    for number in ["1.50", "1e3", "-0", "9007199254740993", "0.1", "1e-300", "123456789012345678901234567890"]
    {
        app.submit(json!([job("a", json!({}))])).await;
        let leased = app.lease("a").await;
        let body = format!(r#"{{"lease_token": {}, "metrics": {{"m": {number}}}}}"#, leased["lease_token"]);
        let reported = app.post_text(&format!("/v1/tasks/{}/complete", id(&leased)), body).await;
        if reported.status == 422 {
            assert_eq!(reported.invalid(), ["/metrics/m"], "{number}");
            app.complete(&leased).await;
            continue;
        }
        let answer = app.get(&format!("/v1/tasks/{}/attempts", id(&leased))).await;
        let attempt = only(&answer.has(200).raw("items"));
        let shown = text_of(&text_of(&attempt, "metrics"), "m");
        assert!(same_number(number, &shown), "{number} came back as {shown}");
    }
    app.finish().await;
}

#[tokio::test]
async fn attempts_of_an_unknown_task_are_not_found() {
    let app = TestApp::start().await;
    app.get("/v1/tasks/nope/attempts").await.problem(404, "task_not_found");
    app.get(&format!("/v1/tasks/{}/attempts", uuid::Uuid::now_v7())).await.problem(404, "task_not_found");
    app.finish().await;
}
