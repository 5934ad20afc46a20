//! Reports of attempts that are over.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, eventually, id, job};

/// Everything that a worker may say with its token.
fn reports() -> [(&'static str, Value); 5] {
    let error = json!({"error": {"category": "unknown", "message": "late"}});
    [
        ("complete", json!({"result": "late"})),
        ("fail", error),
        ("release", json!({})),
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
    ]
}

#[tokio::test]
async fn a_late_report_of_a_superseded_attempt_is_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let first = app.lease("a").await;
    app.advance(61).await;
    eventually("the lease is ended", || async {
        (app.task(&first).await["state"] == "queued").then_some(())
    })
    .await;
    for (verb, body) in reports() {
        let problem = app.report(&first, verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "queued", "{verb}");
    }
    let second = app.lease("a").await;
    for (verb, body) in reports() {
        let problem = app.report(&first, verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "running", "{verb}");
    }
    let task = app.report(&second, "complete", json!({"result": "good"})).await.expect(200);
    assert_eq!((&task["result"], &task["attempt"]), (&json!("good"), &json!(2)));
    app.report(&first, "complete", json!({"result": "late"})).await.problem(409, "lease_lost");
    assert_eq!(app.task(&second).await["result"], "good");
    app.finish().await;
}

/// Cancel and completion at the same moment: the first one is right, and stays so.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_not_overwritten_as_succeeded() {
    let app = TestApp::start_servers(2).await;
    for round in 0..40 {
        let pipeline = app.submit(json!([job("a", json!({}))])).await;
        let leased = app.lease("a").await;
        let job = app.job_path(&pipeline, "a").await;
        let path = if round % 2 == 0 { job } else { format!("/v1/pipelines/{}", id(&pipeline)) };
        let cancel = format!("{path}/cancel");
        let (completed, cancelled) = tokio::join!(
            app.report_to(0, &leased, "complete", json!({"result": 1})),
            app.post_to(1, &cancel, json!({})),
        );
        let end = agreed_end(&completed, &cancelled);
        assert_eq!(app.states(&pipeline).await, format!("{end}: a {end}"), "round {round}");
        // However often the worker says it again.
        let again = app.report_to(1, &leased, "complete", json!({"result": 1})).await;
        assert_eq!(again.status, completed.status, "round {round}");
        let task = app.task(&leased).await;
        assert_eq!((&task["state"], task["result"].is_null()), (&json!(end), end == "cancelled"));
        assert_eq!(app.states(&pipeline).await, format!("{end}: a {end}"), "round {round}");
    }
    app.finish().await;
}

#[track_caller]
fn agreed_end(completed: &Answer, cancelled: &Answer) -> &'static str {
    if completed.status == 200 {
        assert_eq!(cancelled.problem(409, "illegal_transition")["state"], "succeeded");
        "succeeded"
    } else {
        assert_eq!(completed.problem(409, "lease_lost")["task_state"], "cancelled");
        cancelled.expect(200);
        "cancelled"
    }
}

#[tokio::test]
async fn a_late_sign_of_life_does_not_revive_a_failed_job() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let leased = app.lease_many("a", 2).await;
    app.fail_with(&leased[0], json!({"retry": "never"})).await;
    let failed = app.job(&pipeline, "a").await;
    assert_eq!(failed["state"], "failed");
    for (task, state) in [(&leased[0], "failed"), (&leased[1], "cancelled")] {
        for (verb, body) in [("heartbeat", json!({})), ("progress", json!({"current": 1, "total": 2}))] {
            let problem = app.report(task, verb, body).await.problem(409, "lease_lost");
            assert_eq!(problem["task_state"], state, "{verb}");
        }
        let item = json!({"id": task["id"], "lease_token": task["lease_token"]});
        let results = app.post("/v1/tasks/heartbeat", json!({"tasks": [item]})).await.expect(200);
        assert_eq!(results["results"][0]["problem"]["task_state"], state);
        assert_eq!(app.task(task).await["progress"], Value::Null);
    }
    assert_eq!(app.job(&pipeline, "a").await, failed);
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}
