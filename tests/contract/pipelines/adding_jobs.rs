//! `POST /v1/pipelines/{id}/jobs`.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job};

async fn open_pipeline(app: &TestApp, jobs: Value) -> Value {
    app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs})).await
}

async fn add(app: &TestApp, pipeline: &Value, jobs: Value) -> Answer {
    app.post(&format!("/v1/pipelines/{}/jobs", id(pipeline)), json!({"jobs": jobs})).await
}

#[tokio::test]
async fn jobs_are_added_with_edges_to_old_and_new_ones() {
    let app = TestApp::start().await;
    let pipeline = open_pipeline(&app, json!([job("a", json!({}))])).await;
    let jobs = json!([job("c", json!({"depends_on": ["b"]})), job("b", json!({"depends_on": ["a"]}))]);
    let added = add(&app, &pipeline, jobs).await.expect(201);
    let keys: Vec<_> = added["jobs"].as_array().unwrap().iter().map(|job| &job["key"]).collect();
    assert_eq!(keys, ["c", "b"]);
    assert_eq!(app.states(&pipeline).await, "pending: a queued, b pending, c pending");
    for kind in ["a", "b", "c"] {
        app.succeed(kind).await;
    }
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b succeeded, c succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_without_edges_opens_as_it_is_added() {
    let app = TestApp::start().await;
    let pipeline = open_pipeline(&app, json!([])).await;
    let added = add(&app, &pipeline, json!([job("a", json!({"payload": 7}))])).await.expect(201);
    assert_eq!(added["jobs"][0]["state"], "queued");
    assert_eq!(app.lease("a").await["payload"], 7);
    app.finish().await;
}

#[tokio::test]
async fn an_added_job_whose_edges_hold_already_opens_at_once() {
    let app = TestApp::start().await;
    let pipeline = open_pipeline(&app, json!([job("ok", json!({})), job("bad", json!({}))])).await;
    app.succeed("ok").await;
    app.fail_for_good("bad").await;
    let jobs = json!([
        job("a", json!({"depends_on": ["ok", {"job": "bad", "when": "failed"}]})),
        job(
            "b",
            json!({"depends_on": [{"job": "ok", "when": "finished"}, {"job": "bad", "when": "always"}]})
        ),
        job("join", json!({"depends_on": ["ok"], "tasks": []})),
        job("after", json!({"depends_on": ["join"]})),
    ]);
    add(&app, &pipeline, jobs).await.expect(201);
    assert_eq!(
        app.states(&pipeline).await,
        "running: a queued, after queued, b queued, bad failed, join succeeded, ok succeeded"
    );
    app.finish().await;
}

#[tokio::test]
async fn an_added_job_whose_edge_can_no_longer_be_met_is_skipped_at_once_and_so_on_down() {
    let app = TestApp::start().await;
    let pipeline = open_pipeline(&app, json!([job("ok", json!({})), job("bad", json!({}))])).await;
    app.succeed("ok").await;
    app.fail_for_good("bad").await;
    let jobs = json!([
        job("b", json!({"depends_on": ["a"]})),
        job("a", json!({"depends_on": ["bad"]})),
        job("c", json!({"depends_on": [{"job": "ok", "when": "failed"}]})),
    ]);
    add(&app, &pipeline, jobs).await.expect(201);
    assert_eq!(
        app.states(&pipeline).await,
        "running: a skipped, b skipped, bad failed, c skipped, ok succeeded"
    );
    for (key, parent, state) in [("a", "bad", "failed"), ("b", "a", "skipped"), ("c", "ok", "succeeded")] {
        let reason = app.job(&pipeline, key).await["reason"].to_string();
        assert!(reason.contains(parent) && reason.contains(state), "{key}: {reason}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_pipeline_takes_no_jobs_ended_or_not() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    add(&app, &pipeline, json!([job("b", json!({}))])).await.problem(409, "pipeline_sealed");
    app.succeed("a").await;
    add(&app, &pipeline, json!([job("b", json!({}))])).await.problem(409, "pipeline_sealed");
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn added_jobs_are_validated_like_new_ones() {
    let app = TestApp::start().await;
    let pipeline = open_pipeline(&app, json!([job("a", json!({}))])).await;
    assert_eq!(
        add(&app, &pipeline, json!([{"key": "b", "typ": "b"}])).await.invalid(),
        ["/jobs/0/typ", "/jobs/0/type"]
    );
    add(&app, &pipeline, json!([job("b", json!({})), job("b", json!({}))]))
        .await
        .problem(422, "duplicate_key");
    add(&app, &pipeline, json!([job("a", json!({}))])).await.problem(422, "duplicate_key");
    add(&app, &pipeline, json!([job("b", json!({"depends_on": ["zzz"]}))]))
        .await
        .problem(422, "unknown_dependency");
    let cycle = json!([job("b", json!({"depends_on": ["a", "c"]})), job("c", json!({"depends_on": ["b"]}))]);
    let problem = add(&app, &pipeline, cycle).await.problem(422, "dependency_cycle");
    assert_eq!(problem["cycle"].as_array().unwrap().len(), 2);
    assert_eq!(app.states(&pipeline).await, "pending: a queued");
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_whose_jobs_have_all_ended_goes_on_when_jobs_are_added() {
    let app = TestApp::start().await;
    let pipeline = open_pipeline(&app, json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded");
    add(&app, &pipeline, json!([job("b", json!({"depends_on": ["a"]}))])).await.expect(201);
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "seal").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_added_by_parallel_calls_is_added_once() {
    let app = TestApp::start_servers(2).await;
    let pipeline = open_pipeline(&app, json!([])).await;
    let path = format!("/v1/pipelines/{}/jobs", id(&pipeline));
    let calls = (0..10).map(|number| app.post_to(number % 2, &path, json!({"jobs": [job("a", json!({}))]})));
    let answers = futures_util::future::join_all(calls).await;
    let (added, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(added.len(), 1);
    for answer in refused {
        answer.problem(422, "duplicate_key");
    }
    assert_eq!(app.states(&pipeline).await, "pending: a queued");
    app.finish().await;
}
