//! `POST /v1/jobs/{id}/retry` and `POST /v1/tasks/{id}/retry`, `/cancel`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn a_retry_of_a_job_reopens_its_pipeline_and_the_descendants_skipped_because_of_it() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": ["b"]})),
            job("clean-up", json!({"depends_on": [{"job": "a", "when": "finished"}]})),
            job("other", json!({})),
        ]))
        .await;
    app.fail_for_good("other").await;
    app.fail_for_good("a").await;
    app.succeed("clean-up").await;
    assert_eq!(
        app.states(&pipeline).await,
        "failed: a failed, b skipped, c skipped, clean-up succeeded, other failed"
    );
    let path = app.job_path(&pipeline, "a").await;
    let again = app.post(&format!("{path}/retry"), json!({"reason": "fixed"})).await.expect(200);
    assert_eq!((&again["state"], &again["ended_at"]), (&json!("queued"), &Value::Null));
    assert_eq!(
        app.job_states(&pipeline).await,
        "a queued, b pending, c pending, clean-up succeeded, other failed"
    );
    assert_eq!(app.pipeline(&pipeline).await["ended_at"], Value::Null);
    for kind in ["a", "b", "c"] {
        app.succeed(kind).await;
    }
    assert_eq!(
        app.states(&pipeline).await,
        "failed: a succeeded, b succeeded, c succeeded, clean-up succeeded, other failed"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_retry_of_a_job_runs_the_tasks_that_did_not_succeed_and_scope_all_runs_all() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    app.succeed("a").await;
    app.fail_for_good("a").await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "retry").await;
    let again = app.lease_many("a", 5).await;
    assert_eq!(again.len(), 2);
    for task in &again {
        app.complete(task).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.post(&format!("{path}/retry"), json!({"scope": "failed"})).await.problem(409, "illegal_transition");
    app.post(&format!("{path}/retry"), json!({"scope": "all"})).await.expect(200);
    let again = app.lease_many("a", 5).await;
    assert_eq!(again.len(), 3);
    for task in &again {
        app.complete(task).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_of_a_job_that_would_run_nothing_or_cannot_run_is_refused() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": ["a"]})),
            job("join", json!({"tasks": []}))
        ]))
        .await;
    let running = app.job_path(&pipeline, "a").await;
    assert_eq!(
        app.post_empty(&format!("{running}/retry")).await.problem(409, "illegal_transition")["state"],
        "queued"
    );
    app.fail_for_good("a").await;
    let before = app.pipeline(&pipeline).await;
    for (key, state) in [("b", "skipped"), ("join", "succeeded")] {
        let path = app.job_path(&pipeline, key).await;
        for scope in ["failed", "all"] {
            let answer = app.post(&format!("{path}/retry"), json!({"scope": scope})).await;
            assert_eq!(answer.problem(409, "illegal_transition")["state"], state, "{key} {scope}");
        }
    }
    assert_eq!(app.pipeline(&pipeline).await, before);
    app.finish().await;
}

#[tokio::test]
async fn a_job_skipped_by_hand_can_be_retried() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "skip").await;
    assert_eq!(app.states(&pipeline).await, "cancelled: a skipped, b skipped");
    app.verb(&path, "retry").await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending");
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_can_be_retried_while_its_pipeline_still_runs() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "retry").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "running: a queued, b succeeded");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_failed_task_can_be_retried_alone_and_reopens_its_job_and_pipeline() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({"depends_on": ["a"]}))]))
        .await;
    let leased = app.lease_many("a", 2).await;
    app.complete(&leased[0]).await;
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped");
    let task = app.verb(&format!("/v1/tasks/{}", id(&leased[1])), "retry").await;
    assert_eq!(
        (&task["state"], &task["attempt"], &task["max_attempts"]),
        (&json!("queued"), &json!(1), &json!(4))
    );
    let again = app.lease("a").await;
    assert_eq!((&again["id"], &again["attempt"]), (&leased[1]["id"], &json!(2)));
    app.complete(&again).await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_threshold_is_judged_again_at_the_next_end_of_a_task() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 1, "fail_fast": false}))]))
        .await;
    let leased = app.lease_many("a", 3).await;
    for task in &leased {
        app.fail_with(task, json!({"retry": "never"})).await;
    }
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.verb(&format!("/v1/tasks/{}", id(&leased[0])), "retry").await;
    let job = app.job(&pipeline, "a").await;
    assert_eq!((&job["counts"]["failed"], &job["counts"]["queued"]), (&json!(2), &json!(1)));
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn only_an_ended_task_that_has_not_succeeded_can_be_retried() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 3}))])).await;
    let leased = app.lease_many("a", 2).await;
    let path = |task: &Value| format!("/v1/tasks/{}/retry", id(task));
    assert_eq!(
        app.post_empty(&path(&leased[0])).await.problem(409, "illegal_transition")["state"],
        "running"
    );
    app.complete(&leased[0]).await;
    assert_eq!(
        app.post_empty(&path(&leased[0])).await.problem(409, "illegal_transition")["state"],
        "succeeded"
    );
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    app.post_empty(&path(&leased[1])).await.expect(200);
    assert_eq!(app.post_empty(&path(&leased[1])).await.problem(409, "illegal_transition")["state"], "queued");
    app.post_empty("/v1/tasks/nope/retry").await.problem(404, "task_not_found");
    app.finish().await;
}

#[tokio::test]
async fn a_task_whose_job_was_skipped_and_cannot_open_is_not_retried() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.fail_for_good("a").await;
    let task = app.tasks(&app.job(&pipeline, "b").await).await.remove(0);
    app.post_empty(&format!("/v1/tasks/{}/retry", id(&task))).await.problem(409, "illegal_transition");
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped");
    app.finish().await;
}

#[tokio::test]
async fn a_cancelled_task_is_no_failure_and_its_job_ends_without_it() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    let leased = app.lease_many("a", 2).await;
    let waiting = app.tasks(&app.job(&pipeline, "a").await).await.remove(2);
    for task in [&leased[1], &waiting] {
        let cancelled = app
            .post(&format!("/v1/tasks/{}/cancel", id(task)), json!({"reason": "not this one"}))
            .await
            .expect(200);
        assert_eq!((&cancelled["state"], cancelled["ended_at"].is_string()), (&json!("cancelled"), true));
    }
    let problem = app.report(&leased[1], "complete", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "cancelled");
    app.expect_nothing_to_lease("a").await;
    app.complete(&leased[0]).await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_whose_tasks_were_all_cancelled_is_cancelled() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"tasks": [{}, {}]})),
            job("b", json!({"depends_on": [{"job": "a", "when": "always"}]}))
        ]))
        .await;
    for task in app.tasks(&app.job(&pipeline, "a").await).await {
        app.verb(&format!("/v1/tasks/{}", id(&task)), "cancel").await;
    }
    assert_eq!(app.states(&pipeline).await, "running: a cancelled, b queued");
    app.finish().await;
}

#[tokio::test]
async fn cancelling_a_task_twice_changes_nothing_and_an_ended_one_is_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    let leased = app.lease_many("a", 2).await;
    let path = |task: &Value| format!("/v1/tasks/{}", id(task));
    let once = app.verb(&path(&leased[0]), "cancel").await;
    assert_eq!(app.verb(&path(&leased[0]), "cancel").await, once);
    app.complete(&leased[1]).await;
    let problem =
        app.post_empty(&format!("{}/cancel", path(&leased[1]))).await.problem(409, "illegal_transition");
    assert_eq!(problem["state"], "succeeded");
    app.finish().await;
}
