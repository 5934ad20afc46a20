//! `POST /v1/jobs/{id}/retry` with `descendants`.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job};

async fn retry(app: &TestApp, pipeline: &Value, key: &str, body: Value) -> Answer {
    app.post(&format!("{}/retry", app.job_path(pipeline, key).await), body).await
}

#[tokio::test]
async fn what_runs_below_is_cancelled_and_all_of_it_runs_again() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("ended", json!({"depends_on": ["a"], "tasks": [{}, {}]})),
            job("runs", json!({"depends_on": ["a"], "tasks": [{}, {}]})),
            job("waits", json!({"depends_on": ["runs"]})),
            job("aside", json!({})),
        ]))
        .await;
    app.succeed("a").await;
    app.succeed("ended").await;
    app.succeed("ended").await;
    app.succeed("runs").await;
    let leased = app.lease("runs").await;
    let aside = app.lease("aside").await;
    let again = retry(&app, &pipeline, "a", json!({"scope": "all", "descendants": true})).await.expect(200);
    assert_eq!(again["state"], "queued");
    assert_eq!(
        app.job_states(&pipeline).await,
        "a queued, aside running, ended pending, runs pending, waits pending"
    );
    let lost = app.report(&leased, "complete", json!({})).await;
    assert_eq!(lost.problem(409, "lease_lost")["task_state"], "pending");
    let attempts = app.walk(&format!("/v1/tasks/{}/attempts", id(&leased))).await;
    assert_eq!((&attempts[0]["outcome"], &attempts[0]["number"]), (&json!("cancelled"), &json!(1)));
    for (key, tasks) in [("ended", 2), ("runs", 2), ("waits", 1)] {
        let counts = app.job(&pipeline, key).await["counts"].clone();
        assert_eq!((&counts["pending"], &counts["total"]), (&json!(tasks), &json!(tasks)), "{key}");
    }
    app.complete(&aside).await;
    app.succeed("a").await;
    for key in ["ended", "ended", "runs", "runs", "waits"] {
        app.succeed(key).await;
    }
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: a succeeded, aside succeeded, ended succeeded, runs succeeded, waits succeeded"
    );
    app.finish().await;
}

#[tokio::test]
async fn without_descendants_what_has_ended_below_stays() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.succeed("a").await;
    app.succeed("b").await;
    for body in [json!({"scope": "all"}), json!({"scope": "all", "descendants": false})] {
        retry(&app, &pipeline, "a", body).await.expect(200);
        assert_eq!(app.job_states(&pipeline).await, "a queued, b succeeded");
        app.succeed("a").await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_with_nothing_to_run_itself_runs_what_is_below_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.succeed("a").await;
    retry(&app, &pipeline, "a", json!({"descendants": true})).await.problem(409, "illegal_transition");
    app.succeed("b").await;
    retry(&app, &pipeline, "a", json!({"descendants": true})).await.expect(200);
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn what_was_skipped_by_hand_below_stays_and_a_branch_not_taken_alone_is_no_change() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("by-hand", json!({"depends_on": ["a"]})),
            job("c", json!({"depends_on": [{"job": "by-hand", "when": "always"}]})),
        ]))
        .await;
    app.verb(&app.job_path(&pipeline, "by-hand").await, "skip").await;
    app.succeed("c").await;
    app.succeed("a").await;
    retry(&app, &pipeline, "a", json!({"scope": "all", "descendants": true})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, by-hand skipped, c queued");
    app.succeed("a").await;
    app.succeed("c").await;
    let branch = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"depends_on": [{"job": "a", "when": "failed"}]}))
        ]))
        .await;
    app.succeed("a").await;
    let before = app.pipeline(&branch).await;
    retry(&app, &branch, "a", json!({"descendants": true})).await.problem(409, "illegal_transition");
    assert_eq!(app.pipeline(&branch).await, before);
    app.finish().await;
}

#[tokio::test]
async fn descendants_is_true_or_false_and_of_jobs_only() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let failed = app.fail_for_good("a").await;
    assert_eq!(retry(&app, &pipeline, "a", json!({"descendants": "all"})).await.invalid(), ["/descendants"]);
    for path in [format!("/v1/pipelines/{}", id(&pipeline)), format!("/v1/tasks/{}", id(&failed))] {
        let refused = app.post(&format!("{path}/retry"), json!({"descendants": true})).await;
        assert_eq!(refused.invalid(), ["/descendants"], "{path}");
    }
    app.finish().await;
}
