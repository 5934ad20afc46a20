//! Rule 1: `"join": "any"`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

/// Parents `a` and `b`, a job `any` that joins them, and one below it.
async fn joined(app: &TestApp, edges: Value) -> Value {
    app.submit(json!([
        job("a", json!({})),
        job("b", json!({})),
        job("any", json!({"depends_on": edges, "join": "any"})),
        job("below", json!({"depends_on": ["any"]})),
    ]))
    .await
}

#[tokio::test]
async fn it_waits_until_all_its_parents_have_ended_and_opens_if_one_edge_is_met() {
    let app = TestApp::start().await;
    for (first, second) in [("a", "b"), ("b", "a")] {
        let pipeline = joined(&app, json!(["a", "b"])).await;
        assert_eq!(app.job(&pipeline, "any").await["join"], "any");
        app.succeed(first).await;
        assert_eq!(app.job(&pipeline, "any").await["state"], "pending");
        app.fail_for_good(second).await;
        assert_eq!(app.job(&pipeline, "any").await["state"], "queued");
        app.succeed("any").await;
        app.succeed("below").await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_parent_that_fails_first_does_not_skip_it() {
    let app = TestApp::start().await;
    let pipeline = joined(&app, json!(["a", "b"])).await;
    app.fail_for_good("a").await;
    assert_eq!(app.job(&pipeline, "any").await["state"], "pending");
    app.succeed("b").await;
    assert_eq!(app.job(&pipeline, "any").await["state"], "queued");
    app.succeed("any").await;
    app.succeed("below").await;
    app.finish().await;
}

#[tokio::test]
async fn it_is_skipped_if_no_edge_is_met_and_its_reason_names_a_parent_and_its_state() {
    let app = TestApp::start().await;
    let pipeline = joined(&app, json!([{"job": "a", "when": "failed"}, "b"])).await;
    app.succeed("a").await;
    app.fail_for_good("b").await;
    let skipped = app.job(&pipeline, "any").await;
    assert_eq!(skipped["state"], "skipped");
    // The one where something went wrong, before the branch not taken.
    let reason = skipped["reason"].as_str().unwrap();
    assert!(reason.contains('b') && reason.contains("failed"), "{reason}");
    assert_eq!(app.states(&pipeline).await, "failed: a succeeded, any skipped, b failed, below skipped");
    app.finish().await;
}

#[tokio::test]
async fn it_is_a_branch_not_taken_if_every_parent_whose_edge_is_unmet_makes_it_one() {
    let app = TestApp::start().await;
    let failed = |parent: &str| json!({"job": parent, "when": "failed"});
    let pipeline = joined(&app, json!([failed("a"), failed("b")])).await;
    app.succeed("a").await;
    app.succeed("b").await;
    assert_eq!(
        app.states(&pipeline).await,
        "succeeded: a succeeded, any skipped, b succeeded, below skipped"
    );
    let pipeline = joined(&app, json!([failed("a"), "b"])).await;
    app.succeed("a").await;
    app.verb(&app.job_path(&pipeline, "b").await, "cancel").await;
    assert_eq!(app.states(&pipeline).await, "partial: a succeeded, any skipped, b cancelled, below skipped");
    app.finish().await;
}

#[tokio::test]
async fn without_edges_it_opens_at_once_and_so_it_does_below_what_has_ended() {
    let app = TestApp::start().await;
    let alone = app.post("/v1/jobs", json!({"type": "alone", "join": "any"})).await.expect(201);
    assert_eq!((&alone["state"], &alone["join"]), (&json!("queued"), &json!("any")));
    let jobs = json!([job("a", json!({})), job("b", json!({}))]);
    let pipeline = app.submit_with(json!({"name": "grows", "sealed": false, "jobs": jobs})).await;
    app.fail_for_good("a").await;
    let add = async |key: &str, edges: Value| {
        let path = format!("/v1/pipelines/{}/jobs", pipeline["id"].as_str().unwrap());
        let new = job(key, json!({"depends_on": edges, "join": "any"}));
        app.post(&path, json!({"jobs": [new]})).await.expect(201)["jobs"][0]["state"].clone()
    };
    assert_eq!(add("waits", json!(["a", "b"])).await, "pending");
    assert_eq!(add("skipped", json!(["a"])).await, "skipped");
    app.succeed("b").await;
    assert_eq!(app.job(&pipeline, "waits").await["state"], "queued");
    assert_eq!(add("open", json!(["a", "b"])).await, "queued");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_of_a_parent_lets_it_be_decided_again() {
    let app = TestApp::start().await;
    let pipeline = joined(&app, json!(["a", "b"])).await;
    app.fail_for_good("a").await;
    app.fail_for_good("b").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, any skipped, b failed, below skipped");
    app.verb(&app.job_path(&pipeline, "b").await, "retry").await;
    assert_eq!(app.job_states(&pipeline).await, "a failed, any pending, b queued, below pending");
    app.succeed("b").await;
    assert_eq!(app.job(&pipeline, "any").await["state"], "queued");
    // Open and without a lease, it waits for the other parent, too.
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    assert_eq!(app.job(&pipeline, "any").await["state"], "pending");
    app.fail_for_good("a").await;
    app.succeed("any").await;
    app.succeed("below").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, any succeeded, b succeeded, below succeeded");
    app.finish().await;
}

#[tokio::test]
async fn the_fail_fast_of_its_pipeline_cancels_it_unless_an_edge_asks_for_more_than_success() {
    let app = TestApp::start().await;
    for (edge, state) in [(json!("b"), "cancelled"), (json!({"job": "b", "when": "finished"}), "skipped")] {
        let jobs = json!([
            job("a", json!({})),
            job("b", json!({})),
            job("any", json!({"depends_on": ["a", edge], "join": "any"})),
        ]);
        let pipeline = app.submit_with(json!({"name": "fast", "fail_fast": true, "jobs": jobs})).await;
        app.fail_for_good("a").await;
        assert_eq!(app.states(&pipeline).await, format!("failed: a failed, any {state}, b cancelled"));
    }
    app.finish().await;
}

#[tokio::test]
async fn join_is_all_or_any() {
    let app = TestApp::start().await;
    for wrong in [json!("some"), json!(true), Value::Null] {
        assert_eq!(app.refused(json!([job("a", json!({"join": wrong}))])).await.invalid(), ["/jobs/0/join"]);
    }
    app.finish().await;
}
