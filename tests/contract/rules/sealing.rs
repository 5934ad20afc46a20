//! Rule 2: when a job or a pipeline is sealed, and what a retry by hand makes of that.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job};

async fn add(app: &TestApp, job: &str) -> Answer {
    app.post(&format!("{job}/tasks"), json!({"tasks": [{}]})).await
}

async fn add_job(app: &TestApp, pipeline: &Value, key: &str) -> Answer {
    app.post(&format!("/v1/pipelines/{}/jobs", id(pipeline)), json!({"jobs": [job(key, json!({}))]})).await
}

/// A pipeline of `scan` and of `hash` below it, with tasks that `scan` adds.
async fn scan_and_hash(app: &TestApp) -> (Value, String) {
    let hash = json!({"depends_on": ["scan"], "sealed": "on_open"});
    let pipeline = app.submit(json!([job("scan", json!({})), job("hash", hash)])).await;
    let path = app.job_path(&pipeline, "hash").await;
    (pipeline, path)
}

#[tokio::test]
async fn a_job_of_on_open_takes_tasks_until_its_parents_have_ended_and_is_sealed_as_it_opens() {
    let app = TestApp::start().await;
    let (pipeline, hash) = scan_and_hash(&app).await;
    let shown = app.get(&hash).await.expect(200);
    assert_eq!((&shown["sealed"], &shown["counts"]["total"]), (&json!(false), &json!(0)));
    add(&app, &hash).await.expect(201);
    let scan = app.lease("scan").await;
    let further = json!({"add_tasks": [{"job": "hash", "tasks": [{}, {}]}]});
    app.report(&scan, "complete", further).await.expect(200);
    assert_eq!(app.get(&hash).await.expect(200)["sealed"], true);
    add(&app, &hash).await.problem(409, "job_sealed");
    for _ in 0..3 {
        app.succeed("hash").await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: hash succeeded, scan succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_of_on_open_without_tasks_succeeds_as_it_opens() {
    let app = TestApp::start().await;
    let (pipeline, _) = scan_and_hash(&app).await;
    app.succeed("scan").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: hash succeeded, scan succeeded");
    let alone = app.post("/v1/jobs", json!({"type": "alone", "sealed": "on_open"})).await.expect(201);
    assert_eq!((&alone["state"], &alone["sealed"]), (&json!("succeeded"), &json!(true)));
    let given = json!({"type": "given", "sealed": "on_open", "tasks": [{}]});
    let given = app.post("/v1/jobs", given).await.expect(201);
    assert_eq!((&given["state"], &given["sealed"]), (&json!("queued"), &json!(true)));
    app.succeed("given").await;
    app.finish().await;
}

#[tokio::test]
async fn on_open_holds_anew_after_a_retry() {
    let app = TestApp::start().await;
    let (pipeline, hash) = scan_and_hash(&app).await;
    let scan = app.lease("scan").await;
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "cancel").await;
    assert_eq!(app.get(&hash).await.expect(200)["sealed"], true);
    app.report(&scan, "complete", json!({})).await.problem(409, "lease_lost");
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "retry").await;
    assert_eq!(app.get(&hash).await.expect(200)["sealed"], false);
    let scan = app.lease("scan").await;
    let further = json!({"add_tasks": [{"job": "hash", "tasks": [{}]}]});
    app.report(&scan, "complete", further).await.expect(200);
    assert_eq!(app.get(&hash).await.expect(200)["sealed"], true);
    // Cancelled once it has opened, it opens again at once, and is sealed with that.
    app.verb(&hash, "cancel").await;
    let again = app.verb(&hash, "retry").await;
    assert_eq!((&again["state"], &again["sealed"]), (&json!("queued"), &json!(true)));
    app.succeed("hash").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: hash succeeded, scan succeeded");
    app.finish().await;
}

#[tokio::test]
async fn what_cancel_or_skip_has_sealed_is_as_open_for_more_after_a_retry_as_it_was_before() {
    let app = TestApp::start().await;
    for end in ["cancel", "skip"] {
        for tasks in [json!([]), json!([{}])] {
            let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": tasks}))])).await;
            let path = app.job_path(&pipeline, "a").await;
            assert_eq!(app.verb(&path, end).await["sealed"], true);
            add(&app, &path).await.problem(409, "job_sealed");
            assert_eq!(app.verb(&path, "retry").await["sealed"], false);
            add(&app, &path).await.expect(201);
            app.verb(&path, "seal").await;
            while app.states(&pipeline).await != "succeeded: a succeeded" {
                app.succeed("a").await;
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_whose_tasks_had_all_succeeded_as_it_was_cancelled_takes_more_after_a_retry() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{}]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    app.succeed("a").await;
    app.verb(&path, "cancel").await;
    let again = app.verb(&path, "retry").await;
    assert_eq!((&again["state"], &again["sealed"]), (&json!("queued"), &json!(false)));
    add(&app, &path).await.expect(201);
    app.succeed("a").await;
    app.verb(&path, "seal").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn every_end_seals_and_a_retry_takes_that_back() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{}, {}]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    app.fail_for_good("a").await;
    let ended = app.get(&path).await.expect(200);
    assert_eq!((&ended["state"], &ended["sealed"]), (&json!("failed"), &json!(true)));
    assert_eq!(app.verb(&path, "seal").await, ended);
    assert_eq!(app.verb(&path, "retry").await["sealed"], false);
    add(&app, &path).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn a_seal_by_hand_stays_after_a_retry() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{}]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "seal").await;
    app.verb(&path, "cancel").await;
    assert_eq!(app.verb(&path, "retry").await["sealed"], true);
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    let created = app.submit(json!([job("b", json!({}))])).await;
    let path = app.job_path(&created, "b").await;
    app.verb(&path, "cancel").await;
    assert_eq!(app.verb(&path, "retry").await["sealed"], true);
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_its_cancel_sealed_takes_jobs_again_after_a_retry() {
    let app = TestApp::start().await;
    for retried in ["pipeline", "job"] {
        let new = json!({"name": "grows", "sealed": false, "jobs": [job("a", json!({}))]});
        let pipeline = app.submit_with(new).await;
        let path = format!("/v1/pipelines/{}", id(&pipeline));
        assert_eq!(app.verb(&path, "cancel").await["sealed"], true);
        add_job(&app, &pipeline, "b").await.problem(409, "pipeline_sealed");
        match retried {
            "job" => app.verb(&app.job_path(&pipeline, "a").await, "retry").await,
            _ => app.verb(&path, "retry").await,
        };
        assert_eq!(app.pipeline(&pipeline).await["sealed"], false);
        add_job(&app, &pipeline, "b").await.expect(201);
        // A seal by hand stays.
        app.verb(&path, "seal").await;
        app.verb(&path, "cancel").await;
        assert_eq!(app.verb(&path, "retry").await["sealed"], true);
        app.succeed("a").await;
        app.succeed("b").await;
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_fail_fast_sealed_takes_jobs_again_after_a_retry() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("b", json!({}))]);
    let pipeline =
        app.submit_with(json!({"name": "grows", "sealed": false, "fail_fast": true, "jobs": jobs})).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b cancelled");
    assert_eq!(app.pipeline(&pipeline).await["sealed"], true);
    add_job(&app, &pipeline, "c").await.problem(409, "pipeline_sealed");
    assert_eq!(app.verb(&path, "retry").await["sealed"], false);
    add_job(&app, &pipeline, "c").await.expect(201);
    app.verb(&path, "seal").await;
    for kind in ["a", "b", "c"] {
        app.succeed(kind).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, c succeeded");
    app.finish().await;
}

#[tokio::test]
async fn sealed_is_true_false_or_on_open() {
    let app = TestApp::start().await;
    for wrong in [json!("onopen"), json!("true"), json!(1), Value::Null] {
        let refused = app.post("/v1/jobs", json!({"type": "a", "sealed": wrong})).await;
        assert_eq!(refused.invalid(), ["/sealed"], "{wrong}");
    }
    app.finish().await;
}
