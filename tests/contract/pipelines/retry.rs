//! `POST /v1/pipelines/{id}/retry`.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

async fn retry(app: &TestApp, pipeline: &Value, body: Value) -> Answer {
    app.post(&format!("{}/retry", path_of(pipeline)), body).await
}

#[tokio::test]
async fn a_retry_runs_cancelled_jobs_again() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({"depends_on": ["a"]}))]))
        .await;
    app.succeed("a").await;
    app.lease("a").await;
    app.verb(&path_of(&pipeline), "cancel").await;
    retry(&app, &pipeline, json!({"scope": "failed", "reason": "was a mistake"})).await.expect(200);
    assert_eq!(app.job(&pipeline, "b").await["state"], "pending");
    let leased = app.lease_many("a", 5).await;
    assert_eq!(leased.len(), 1);
    app.complete(&leased[0]).await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn succeeded_tasks_of_a_failed_job_stay() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{"payload": 0}, {"payload": 1}, {"payload": 2}]}))]))
        .await;
    let leased = app.lease_many("a", 2).await;
    app.report(&leased[0], "complete", json!({"result": "same"})).await.expect(200);
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    retry(&app, &pipeline, json!({})).await.expect(200);
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!(
        (&counts["succeeded"], &counts["queued"], &counts["failed"], &counts["cancelled"]),
        (&json!(1), &json!(2), &json!(0), &json!(0))
    );
    let again = app.lease_many("a", 5).await;
    let mut payloads: Vec<_> = again.iter().map(|task| task["payload"].as_u64().unwrap()).collect();
    payloads.sort_unstable();
    assert_eq!(payloads, [1, 2]);
    for task in &again {
        app.complete(task).await;
    }
    assert_eq!(app.task(&leased[0]).await["result"], "same");
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_grants_the_policys_attempts_anew() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"retry": {"max_attempts": 2, "initial_delay_seconds": 0}}))]))
        .await;
    for _ in 0..2 {
        let leased = app.lease("a").await;
        app.fail(&leased).await;
    }
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    retry(&app, &pipeline, json!({})).await.expect(200);
    let task = app.tasks(&app.job(&pipeline, "a").await).await.remove(0);
    assert_eq!(
        (&task["state"], &task["attempt"], &task["max_attempts"]),
        (&json!("queued"), &json!(2), &json!(4))
    );
    let third = app.lease("a").await;
    assert_eq!((&third["attempt"], &app.fail(&third).await["state"]), (&json!(3), &json!("queued")));
    let fourth = app.lease("a").await;
    assert_eq!((&fourth["attempt"], &app.fail(&fourth).await["state"]), (&json!(4), &json!("failed")));
    app.finish().await;
}

#[tokio::test]
async fn scope_all_runs_every_job_and_task_again_and_keeps_history() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({"depends_on": ["a"]}))]))
        .await;
    let first = app.succeed("a").await;
    app.succeed("a").await;
    app.succeed("b").await;
    retry(&app, &pipeline, json!({"scope": "all"})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending");
    app.expect_nothing_to_lease("b").await;
    for task in app.lease_many("a", 5).await {
        assert_eq!(task["attempt"], 2);
        app.complete(&task).await;
    }
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    let attempts = app.walk(&format!("/v1/tasks/{}/attempts", id(&first))).await;
    let numbers: Vec<_> = attempts.iter().map(|attempt| &attempt["number"]).collect();
    assert_eq!(numbers, [1, 2]);
    app.finish().await;
}

#[tokio::test]
async fn scope_all_goes_through_clean_up_and_branches_anew() {
    let app = TestApp::start().await;
    let jobs_of = json!([
        job("a", json!({})),
        job("repair", json!({"depends_on": [{"job": "a", "when": "failed"}]})),
        job("b", json!({"depends_on": ["a"]})),
    ]);
    let pipeline = app.submit(jobs_of).await;
    app.fail_for_good("a").await;
    app.succeed("repair").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped, repair succeeded");
    retry(&app, &pipeline, json!({"scope": "all"})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending, repair pending");
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, repair skipped");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_of_what_failed_leaves_the_clean_up_that_succeeded() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("clean-up", json!({"depends_on": [{"job": "a", "when": "finished"}]}))
        ]))
        .await;
    app.fail_for_good("a").await;
    app.succeed("clean-up").await;
    retry(&app, &pipeline, json!({})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, clean-up succeeded");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, clean-up succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_leaves_branches_not_taken_and_jobs_skipped_by_hand() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("ok", json!({})),
            job("branch", json!({"depends_on": [{"job": "ok", "when": "failed"}]})),
            job("by-hand", json!({})),
            job("a", json!({})),
        ]))
        .await;
    app.succeed("ok").await;
    let by_hand = app.job_path(&pipeline, "by-hand").await;
    app.verb(&by_hand, "skip").await;
    app.fail_for_good("a").await;
    retry(&app, &pipeline, json!({})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, branch skipped, by-hand skipped, ok succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_partial_pipeline_is_retried_too() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"allow_failure": true})),
            job("b", json!({"depends_on": ["a"]})),
            job("c", json!({}))
        ]))
        .await;
    app.succeed("c").await;
    app.fail_for_good("a").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "partial");
    retry(&app, &pipeline, json!({})).await.expect(200);
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, c succeeded");
    app.finish().await;
}

#[tokio::test]
async fn only_an_ended_pipeline_can_be_retried_and_only_where_something_would_run_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    for scope in ["failed", "all"] {
        let problem =
            retry(&app, &pipeline, json!({"scope": scope})).await.problem(409, "illegal_transition");
        assert_eq!(problem["state"], "pending");
    }
    app.succeed("a").await;
    let problem = retry(&app, &pipeline, json!({})).await.problem(409, "illegal_transition");
    assert_eq!(problem["state"], "succeeded");
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    assert_eq!(retry(&app, &pipeline, json!({"scope": "everything"})).await.invalid(), ["/scope"]);
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_of_joins_that_have_succeeded_has_nothing_to_run_again() {
    let app = TestApp::start().await;
    let joins = json!([job("a", json!({"tasks": []})), job("b", json!({"tasks": [], "depends_on": ["a"]}))]);
    let pipeline = app.submit(joins).await;
    let problem = retry(&app, &pipeline, json!({"scope": "all"})).await.problem(409, "illegal_transition");
    assert_eq!(problem["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_keeps_the_pause() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.verb(&path_of(&pipeline), "pause").await;
    app.fail_with(&leased, json!({"retry": "never"})).await;
    assert_eq!(retry(&app, &pipeline, json!({})).await.expect(200)["paused"], true);
    app.expect_nothing_to_lease("a").await;
    app.verb(&path_of(&pipeline), "resume").await;
    app.succeed("a").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_token_of_before_the_retry_is_dead() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let old = app.lease("a").await;
    app.verb(&path_of(&pipeline), "cancel").await;
    retry(&app, &pipeline, json!({})).await.expect(200);
    let problem = app.report(&old, "complete", json!({"result": "late"})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "queued");
    let new = app.lease("a").await;
    assert_eq!((&new["id"], &new["attempt"]), (&old["id"], &json!(2)));
    app.report(&old, "heartbeat", json!({})).await.problem(409, "lease_lost");
    assert_eq!(app.complete(&new).await["result"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn a_retried_pipeline_can_fail_be_cancelled_and_be_retried_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
    for attempt in 1..=4 {
        let leased = app.lease("a").await;
        assert_eq!(leased["attempt"], attempt);
        if attempt % 2 == 0 {
            app.verb(&path_of(&pipeline), "cancel").await;
            assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled");
        } else {
            app.fail(&leased).await;
            assert_eq!(app.states(&pipeline).await, "failed: a failed");
        }
        retry(&app, &pipeline, json!({})).await.expect(200);
    }
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}
