//! `POST /v1/tasks/{id}/fail`: the report itself; what it leads to is in the rules on attempts.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn a_failed_task_shows_its_error() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
    let leased = app.lease("a").await;
    let error =
        json!({"category": "network_error", "message": "no route to ü", "detail": {"host": "x", "port": 1}});
    let task =
        app.report(&leased, "fail", json!({"error": error, "metrics": {"cpu_seconds": 1}})).await.expect(200);
    assert_eq!((&task["state"], &task["error"], &task["result"]), (&json!("failed"), &error, &Value::Null));
    assert!(task["ended_at"].is_string() && task["lease_expires_at"].is_null());
    assert_eq!(app.task(&leased).await, task);
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn every_well_known_category_is_taken() {
    let app = TestApp::start().await;
    let known = "system_error timeout lease_expired resource_exhaustion configuration_error dependency_failure validation_error data_error \
                 network_error api_rate_limited service_unavailable authentication_failed permission_error quota_exceeded unknown";
    for category in known.split_whitespace() {
        app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
        let leased = app.lease("a").await;
        let task =
            app.fail_with(&leased, json!({"error": {"category": category, "message": "it broke"}})).await;
        assert_eq!((&task["error"]["category"], &task["error"]["detail"]), (&json!(category), &Value::Null));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_failure_answers_200_again_and_counts_once() {
    let app = TestApp::start().await;
    let policy = json!({"max_attempts": 2, "initial_delay_seconds": 1_000, "jitter": 0});
    let pipeline = app.submit(json!([job("a", json!({"retry": policy}))])).await;
    let leased = app.lease("a").await;
    let first = app.fail(&leased).await;
    assert_eq!((&first["state"], &first["attempt"]), (&json!("scheduled"), &json!(1)));
    let other = json!({"error": {"category": "timeout", "message": "another"}, "retry": "never"});
    for body in [json!({}), other] {
        assert_eq!(app.fail_with(&leased, body).await, first);
    }
    assert_eq!(app.job(&pipeline, "a").await["counts"]["scheduled"], 1);
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_failure_does_not_hurt_the_next_attempt() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let first = app.lease("a").await;
    app.fail(&first).await;
    let second = app.lease("a").await;
    let repeated = app.fail(&first).await;
    assert_eq!((&repeated["id"], &repeated["state"]), (&first["id"], &json!("running")));
    let task = app.complete(&second).await;
    assert_eq!((&task["state"], &task["attempt"]), (&json!("succeeded"), &json!(2)));
    app.finish().await;
}

#[tokio::test]
async fn another_verb_with_the_token_of_a_failure_is_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let leased = app.lease("a").await;
    app.fail(&leased).await;
    for (verb, body) in [
        ("complete", json!({})),
        ("release", json!({})),
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
    ] {
        let problem = app.report(&leased, verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "queued", "{verb}");
    }
    assert_eq!(app.lease("a").await["attempt"], 2);
    app.finish().await;
}

#[tokio::test]
async fn a_failure_must_be_whole() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let error = json!({"category": "unknown", "message": "it broke"});
    for (body, pointers) in [
        (json!({}), vec!["/error"]),
        (json!({"error": {}}), vec!["/error/category", "/error/message"]),
        (json!({"error": "it broke"}), vec!["/error"]),
        (json!({"error": {"category": "unknown", "message": 7}}), vec!["/error/message"]),
        (json!({"error": error, "retry": "sometimes"}), vec!["/retry"]),
        (json!({"error": error, "retry": {}}), vec!["/retry/after_seconds"]),
        (json!({"error": error, "retry": {"after_seconds": "1"}}), vec!["/retry/after_seconds"]),
        (json!({"error": error, "retry": {"after_seconds": 1, "unless": 1}}), vec!["/retry/unless"]),
        (json!({"error": error, "result": 1}), vec!["/result"]),
    ] {
        assert_eq!(app.report(&leased, "fail", body.clone()).await.invalid(), pointers, "{body}");
    }
    assert_eq!(app.task(&leased).await["state"], "running");
    assert_eq!(id(&app.complete(&leased).await), id(&leased));
    app.finish().await;
}

#[tokio::test]
async fn a_later_success_leaves_no_error_in_the_way_of_the_result() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let first = app.lease("a").await;
    app.fail(&first).await;
    let second = app.lease("a").await;
    let task = app.report(&second, "complete", json!({"result": "good"})).await.expect(200);
    assert_eq!((&task["state"], &task["result"]), (&json!("succeeded"), &json!("good")));
    app.finish().await;
}
