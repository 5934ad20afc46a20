//! `POST /v1/tasks/{id}/complete`.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, id, job, time_of};

#[tokio::test]
async fn a_completed_task_has_succeeded_with_its_result() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let task = app
        .report(&leased, "complete", json!({"result": {"files": 3}, "metrics": {"cpu_seconds": 0.5}}))
        .await
        .expect(200);
    assert_eq!(
        (&task["state"], &task["result"], &task["attempt"]),
        (&json!("succeeded"), &json!({"files": 3}), &json!(1))
    );
    assert_eq!((&task["error"], &task["lease_expires_at"]), (&Value::Null, &Value::Null));
    assert!(time_of(&task, "ended_at") >= time_of(&task, "started_at"));
    assert_eq!(app.task(&leased).await, task);
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_completion_answers_200_again_and_counts_once() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"sealed": false, "tasks": [{}, {}]})),
            job("b", json!({"sealed": false}))
        ]))
        .await;
    let leased = app.lease("a").await;
    let first = app.report(&leased, "complete", json!({"result": 1})).await.expect(200);
    let other = json!({"result": 2, "metrics": {"a": 1}, "add_tasks": [{"job": "b", "tasks": [{}]}]});
    for body in [json!({}), json!({"result": 1}), other] {
        assert_eq!(app.report(&leased, "complete", body).await.expect(200), first);
    }
    assert_eq!(app.job(&pipeline, "a").await["counts"]["succeeded"], 1);
    assert_eq!(app.job(&pipeline, "b").await["counts"]["total"], 0);
    app.finish().await;
}

#[tokio::test]
async fn a_completion_is_repeated_even_after_its_pipeline_has_ended() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let first = app.complete(&leased).await;
    app.advance(3_600).await;
    assert_eq!(app.complete(&leased).await, first);
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_report_is_not_repeated_once_a_retry_by_hand_runs_its_task_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let completed = app.lease("a").await;
    let failed = app.lease("a").await;
    let error = json!({"error": {"category": "data_error", "message": "it broke"}});
    app.complete(&completed).await;
    app.report(&failed, "fail", error.clone()).await.expect(200);
    app.report(&failed, "fail", error.clone()).await.expect(200);
    let retry = format!("/v1/pipelines/{}/retry", id(&pipeline));
    app.post(&retry, json!({})).await.expect(200);
    app.complete(&completed).await;
    let problem = app.report(&failed, "fail", error.clone()).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "queued", "scope failed runs the failed one again");
    let again = app.lease("a").await;
    let problem = app.report(&failed, "fail", error.clone()).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "running");
    app.complete(&again).await;
    app.complete(&again).await;
    app.post(&retry, json!({"scope": "all"})).await.expect(200);
    for lost in [&completed, &again] {
        let problem = app.report(lost, "complete", json!({})).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "queued", "scope all runs both again");
    }
    app.finish().await;
}

#[tokio::test]
async fn another_verb_with_the_token_of_a_completion_is_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.report(&leased, "complete", json!({"result": 1})).await.expect(200);
    let error = json!({"error": {"category": "unknown", "message": "it broke"}});
    for (verb, body) in [
        ("fail", error),
        ("release", json!({})),
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
    ] {
        let problem = app.report(&leased, verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "succeeded", "{verb}");
    }
    let task = app.task(&leased).await;
    assert_eq!(
        (&task["state"], &task["result"], &task["error"]),
        (&json!("succeeded"), &json!(1), &Value::Null)
    );
    app.finish().await;
}

#[tokio::test]
async fn a_completion_with_a_token_that_never_was_is_refused() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let task = &app.tasks(&app.job(&pipeline, "a").await).await[0];
    let mut fake = json!({"id": task["id"], "lease_token": Uuid::now_v7()});
    let problem = app.report(&fake, "complete", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "queued");
    let leased = app.lease("a").await;
    let problem = app.report(&fake, "complete", json!({"result": 1})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "running");
    fake["id"] = json!(Uuid::now_v7());
    app.report(&fake, "complete", json!({})).await.problem(404, "task_not_found");
    assert_eq!(app.complete(&leased).await["result"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn the_completion_of_a_superseded_attempt_changes_nothing() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let first = app.lease("a").await;
    app.report(&first, "release", json!({})).await.expect(200);
    let problem = app.report(&first, "complete", json!({"result": "late"})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "queued");
    let second = app.lease("a").await;
    let problem = app.report(&first, "complete", json!({"result": "late"})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "running");
    assert_eq!(
        app.report(&second, "complete", json!({"result": "good"})).await.expect(200)["result"],
        "good"
    );
    app.report(&first, "complete", json!({"result": "late"})).await.problem(409, "lease_lost");
    assert_eq!(app.task(&second).await["result"], "good");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_completion_leaves_the_task_running() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    let path = format!("/v1/tasks/{}/complete", id(&leased));
    assert_eq!(app.post(&path, json!({"result": 1})).await.invalid(), ["/lease_token"]);
    assert_eq!(app.report(&leased, "complete", json!({"reslut": 1})).await.invalid(), ["/reslut"]);
    assert_eq!(app.report(&leased, "complete", json!({"add_tasks": {}})).await.invalid(), ["/add_tasks"]);
    assert_eq!(app.task(&leased).await["state"], "running");
    app.complete(&leased).await;
    app.finish().await;
}

#[tokio::test]
async fn of_parallel_reports_with_one_token_one_verb_wins() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..20 {
        app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
        let leased = app.lease("a").await;
        let error = json!({"error": {"category": "unknown", "message": "it broke"}});
        let (completed, failed, released) = tokio::join!(
            app.report_to(0, &leased, "complete", json!({})),
            app.report_to(1, &leased, "fail", error),
            app.report_to(1, &leased, "release", json!({})),
        );
        let accepted = [&completed, &failed, &released].map(|answer| answer.status == 200);
        assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1, "{accepted:?}");
        for answer in [&completed, &failed, &released] {
            if answer.status != 200 {
                answer.problem(409, "lease_lost");
            }
        }
        let state = app.task(&leased).await["state"].clone();
        let states = [json!("succeeded"), json!("failed"), json!("queued")];
        assert_eq!(
            states.iter().position(|one| *one == state),
            accepted.iter().position(|accepted| *accepted)
        );
        if state == "queued" {
            app.succeed("a").await;
        }
    }
    app.finish().await;
}
