//! `POST /v1/pipelines/{id}/seal`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

async fn open_pipeline(app: &TestApp, jobs: Value) -> (Value, String) {
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs})).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    (pipeline, path)
}

#[tokio::test]
async fn an_unsealed_pipeline_waits_for_its_seal_when_all_its_jobs_have_ended() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded");
    let sealed = app.verb(&path, "seal").await;
    assert_eq!((&sealed["state"], &sealed["sealed"]), (&json!("succeeded"), &json!(true)));
    assert!(sealed["ended_at"].is_string());
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_pipeline_with_open_jobs_goes_on() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
    assert_eq!(app.verb(&path, "seal").await["state"], "pending");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn an_empty_pipeline_succeeds_as_it_is_sealed() {
    let app = TestApp::start().await;
    let (_, path) = open_pipeline(&app, json!([])).await;
    assert_eq!(app.verb(&path, "seal").await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn sealing_what_is_sealed_changes_nothing() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
    let once = app.verb(&path, "seal").await;
    assert_eq!(app.verb(&path, "seal").await, once);
    app.succeed("a").await;
    let ended = app.pipeline_as_answered(&pipeline).await;
    assert_eq!(app.verb(&path, "seal").await, ended);
    app.finish().await;
}

#[tokio::test]
async fn an_unsealed_pipeline_with_a_failed_job_fails_as_it_is_sealed() {
    let app = TestApp::start().await;
    let (pipeline, path) =
        open_pipeline(&app, json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b skipped");
    assert_eq!(app.verb(&path, "seal").await["state"], "failed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_that_races_with_the_last_completion_still_ends_the_pipeline() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..20 {
        let (pipeline, path) =
            open_pipeline(&app, json!([job("a", json!({"sealed": false, "tasks": [{}]}))])).await;
        let job_path = app.job_path(&pipeline, "a").await;
        let leased = app.lease("a").await;
        let seals = [format!("{path}/seal"), format!("{job_path}/seal")];
        let (sealed, job_sealed, completed) = tokio::join!(
            app.post_to(0, &seals[0], json!({})),
            app.post_to(1, &seals[1], json!({})),
            app.report_to(1, &leased, "complete", json!({})),
        );
        for answer in [sealed, job_sealed, completed] {
            answer.expect(200);
        }
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_added_in_parallel_with_the_seal_are_in_or_refused() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..10 {
        let (pipeline, path) = open_pipeline(&app, json!([job("a", json!({}))])).await;
        app.succeed("a").await;
        let jobs = format!("{path}/jobs");
        let add = |number: usize| {
            app.post_to(
                number % 2,
                &jobs,
                json!({"jobs": [job(&format!("job-{number}"), json!({"tasks": []}))]}),
            )
        };
        let (added, sealed) =
            tokio::join!(futures_util::future::join_all((0..6).map(add)), app.verb(&path, "seal"));
        assert_eq!(sealed["sealed"], true);
        let (added, refused): (Vec<_>, Vec<_>) = added.iter().partition(|answer| answer.status == 201);
        for answer in refused {
            answer.problem(409, "pipeline_sealed");
        }
        let ended = app.pipeline(&pipeline).await;
        assert_eq!(
            (&ended["state"], ended["jobs"].as_array().unwrap().len()),
            (&json!("succeeded"), 1 + added.len())
        );
    }
    app.finish().await;
}
