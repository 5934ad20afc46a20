//! Rule 4, `fail_fast` of a pipeline: what a first failure cancels, and what it leaves to the edges.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

async fn fail_fast(app: &TestApp, jobs: Value) -> Value {
    app.submit_with(json!({"name": "test", "fail_fast": true, "jobs": jobs})).await
}

#[tokio::test]
async fn the_first_failure_cancels_every_unfinished_job() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("done", json!({})),
        job("running", json!({"tasks": [{}, {}]})),
        job("queued", json!({})),
        job("pending", json!({"depends_on": ["queued"]})),
        job("unsealed", json!({"sealed": false})),
    ]);
    let pipeline = fail_fast(&app, jobs).await;
    app.succeed("done").await;
    let leased = app.lease("running").await;
    app.fail_for_good("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "failed: a failed, done succeeded, pending cancelled, queued cancelled, running cancelled, unsealed cancelled"
    );
    for kind in ["running", "queued", "pending"] {
        app.expect_nothing_to_lease(kind).await;
    }
    let problem = app.report(&leased, "complete", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "cancelled");
    assert_eq!(app.job(&pipeline, "running").await["counts"]["cancelled"], 2);
    app.finish().await;
}

#[tokio::test]
async fn edges_are_resolved_first_so_that_clean_up_still_runs() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("other", json!({})),
        job("on-failed", json!({"depends_on": [{"job": "a", "when": "failed"}]})),
        job("on-finished", json!({"depends_on": [{"job": "a", "when": "finished"}]})),
        job("on-always", json!({"depends_on": [{"job": "other", "when": "always"}]})),
    ]);
    let pipeline = fail_fast(&app, jobs).await;
    app.fail_for_good("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "running: a failed, on-always queued, on-failed queued, on-finished queued, other cancelled"
    );
    for kind in ["on-failed", "on-finished", "on-always"] {
        app.succeed(kind).await;
    }
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_clean_up_that_already_runs_goes_on() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("first", json!({})),
        job("a", json!({})),
        job("clean-up", json!({"depends_on": [{"job": "first", "when": "finished"}]}))
    ]);
    let pipeline = fail_fast(&app, jobs).await;
    app.succeed("first").await;
    let leased = app.lease("clean-up").await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, clean-up running, first succeeded");
    app.complete(&leased).await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, clean-up succeeded, first succeeded");
    app.finish().await;
}

#[tokio::test]
async fn what_hangs_below_a_clean_up_is_decided_by_its_edges() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("clean-up", json!({"depends_on": [{"job": "a", "when": "always"}]})),
        job("after", json!({"depends_on": ["clean-up"]})),
        job("other", json!({"depends_on": ["a"]})),
    ]);
    let pipeline = fail_fast(&app, jobs).await;
    app.fail_for_good("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "running: a failed, after pending, clean-up queued, other skipped"
    );
    app.succeed("clean-up").await;
    app.succeed("after").await;
    assert_eq!(
        app.states(&pipeline).await,
        "failed: a failed, after succeeded, clean-up succeeded, other skipped"
    );
    app.finish().await;
}

#[tokio::test]
async fn the_first_failure_seals_the_pipeline_and_what_it_spares() {
    let app = TestApp::start().await;
    let unsealed = |parent: &str| json!({"depends_on": [{"job": parent, "when": "always"}], "sealed": false, "tasks": [{}]});
    let jobs = json!([
        job("first", json!({})),
        job("a", json!({})),
        job("open", unsealed("first")),
        job("waits", unsealed("a")),
        job("later", unsealed("waits")),
    ]);
    let body = json!({"name": "test", "fail_fast": true, "sealed": false, "jobs": jobs});
    let pipeline = app.submit_with(body).await;
    app.succeed("first").await;
    app.fail_for_good("a").await;
    assert_eq!(app.pipeline(&pipeline).await["sealed"], true);
    let sealed = async |key: &str| app.job(&pipeline, key).await["sealed"] == true;
    assert!(sealed("open").await && sealed("waits").await && !sealed("later").await);
    app.succeed("waits").await;
    assert!(sealed("later").await, "it has opened");
    app.succeed("later").await;
    app.succeed("open").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_clean_up_of_several_waits_for_each_of_them() {
    let app = TestApp::start().await;
    let edges = json!([{"job": "a", "when": "finished"}, {"job": "other", "when": "finished"}]);
    let jobs = json!([
        job("first", json!({})),
        job("a", json!({})),
        job("other", json!({"depends_on": [{"job": "first", "when": "always"}]})),
        job("clean-up", json!({"depends_on": edges})),
    ]);
    let pipeline = fail_fast(&app, jobs).await;
    app.succeed("first").await;
    app.fail_for_good("a").await;
    assert_eq!(
        app.states(&pipeline).await,
        "running: a failed, clean-up pending, first succeeded, other queued"
    );
    app.succeed("other").await;
    app.succeed("clean-up").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_clean_up_whose_edge_the_cancelling_makes_impossible_is_skipped() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("other", json!({})),
        job("clean-up", json!({"depends_on": [{"job": "other", "when": "finished"}]}))
    ]);
    let pipeline = fail_fast(&app, jobs).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, clean-up skipped, other cancelled");
    let reason = app.job(&pipeline, "clean-up").await["reason"].to_string();
    assert!(reason.contains("other") && reason.contains("cancelled"), "{reason}");
    app.finish().await;
}

#[tokio::test]
async fn a_failure_that_is_allowed_cancels_nothing() {
    let app = TestApp::start().await;
    let pipeline =
        fail_fast(&app, json!([job("a", json!({"allow_failure": true})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b queued");
    app.succeed("b").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "partial");
    app.finish().await;
}

#[tokio::test]
async fn without_fail_fast_a_failure_cancels_nothing() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b queued");
    app.finish().await;
}

#[tokio::test]
async fn a_second_failure_in_a_clean_up_lets_the_others_go_on() {
    let app = TestApp::start().await;
    let on_always = |key: &str| job(key, json!({"depends_on": [{"job": "a", "when": "always"}]}));
    let pipeline = fail_fast(&app, json!([job("a", json!({})), on_always("x"), on_always("y")])).await;
    app.fail_for_good("a").await;
    app.fail_for_good("x").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, x failed, y queued");
    app.succeed("y").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, x failed, y succeeded");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_failures_and_completions_end_the_pipeline_once_and_without_a_deadlock() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..8 {
        let mut jobs: Vec<_> =
            (0..20).map(|number| json!({"key": format!("job-{number}"), "type": "a"})).collect();
        jobs.push(job("clean-up", json!({"depends_on": [{"job": "job-0", "when": "always"}]})));
        let pipeline = fail_fast(&app, json!(jobs)).await;
        let leased = app.lease_many("a", 20).await;
        let error = json!({"error": {"category": "unknown", "message": "it broke"}, "retry": "never"});
        let calls = leased.iter().enumerate().map(|(number, task)| {
            let (verb, body) =
                if number % 3 == 0 { ("fail", error.clone()) } else { ("complete", json!({})) };
            app.report_to(number % 2, task, verb, body)
        });
        for answer in futures_util::future::join_all(calls).await {
            if answer.status != 200 {
                assert_eq!(answer.problem(409, "lease_lost")["task_state"], "cancelled");
            }
        }
        assert_eq!(app.pipeline(&pipeline).await["state"], "running");
        app.succeed("clean-up").await;
        assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    }
    app.finish().await;
}
