//! Rule 8: `cancel` with `clean_up`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

fn on(parent: &str, when: &str, further: Value) -> Value {
    let mut further = further;
    further["depends_on"] = json!([{"job": parent, "when": when}]);
    further
}

async fn clean_up(app: &TestApp, pipeline: &Value) -> Value {
    app.post(&format!("{}/cancel", path_of(pipeline)), json!({"clean_up": true})).await.expect(200)
}

/// The pipeline's own events with a flag: flag, from, to, reason.
async fn flagged(app: &TestApp, pipeline: &Value) -> Vec<Value> {
    let events = app.walk_events(&format!("?pipeline_id={}", id(pipeline))).await;
    let own = events.iter().filter(|event| event["entity"] == "pipeline" && !event["flag"].is_null());
    own.map(|event| json!([event["flag"], event["from"], event["to"], event["reason"]])).collect()
}

#[tokio::test]
async fn clean_up_is_false_unless_it_is_said() {
    let app = TestApp::start().await;
    for body in [json!({}), json!({"clean_up": false})] {
        let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))]);
        let pipeline = app.submit(jobs).await;
        let cancelled = app.post(&format!("{}/cancel", path_of(&pipeline)), body).await.expect(200);
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled, tidy cancelled");
    }
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    for bad in [json!({"clean_up": null}), json!({"clean_up": "yes"})] {
        let refused = app.post(&format!("{}/cancel", path_of(&pipeline)), bad).await;
        assert_eq!(refused.invalid(), ["/clean_up"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn it_spares_jobs_with_a_failed_finished_or_always_edge_and_what_hangs_below_them() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("done", json!({})),
        job("a", json!({})),
        job("next", json!({"depends_on": ["a"]})),
        job("on-always", on("a", "always", json!({}))),
        job("below", json!({"depends_on": ["on-always"]})),
        job("on-failed", on("a", "failed", json!({}))),
        job("on-finished", on("done", "finished", json!({}))),
    ]);
    let pipeline = app.submit(jobs).await;
    app.succeed("done").await;
    let running = app.lease("on-finished").await;
    let cancelling = clean_up(&app, &pipeline).await;
    assert_eq!((&cancelling["state"], &cancelling["cancelling"]), (&json!("running"), &json!(true)));
    assert_eq!(
        app.states(&pipeline).await,
        "running: a cancelled, below pending, done succeeded, next cancelled, on-always queued, on-failed skipped, on-finished running"
    );
    app.complete(&running).await;
    app.succeed("on-always").await;
    assert_eq!(app.pipeline(&pipeline).await["cancelling"], true, "what hangs below is waited for");
    app.succeed("below").await;
    let ended = app.pipeline(&pipeline).await;
    assert_eq!((&ended["state"], &ended["cancelling"]), (&json!("cancelled"), &json!(false)));
    app.finish().await;
}

#[tokio::test]
async fn a_failure_of_what_was_spared_makes_it_no_less_cancelled() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))]);
    let pipeline = app.submit(jobs).await;
    clean_up(&app, &pipeline).await;
    app.fail_for_good("tidy").await;
    assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled, tidy failed");
    app.finish().await;
}

#[tokio::test]
async fn what_is_spared_and_unsealed_is_sealed_as_it_opens_or_at_once_if_it_has() {
    let app = TestApp::start().await;
    let unsealed = json!({"sealed": false, "tasks": [{}]});
    let jobs = json!([
        job("first", json!({})),
        job("a", json!({})),
        job("open", on("first", "always", unsealed.clone())),
        job("gate", on("a", "always", json!({"sealed": false}))),
        job("later", on("gate", "always", unsealed)),
    ]);
    let pipeline = app.submit(jobs).await;
    app.succeed("first").await;
    clean_up(&app, &pipeline).await;
    assert_eq!(
        app.states(&pipeline).await,
        "running: a cancelled, first succeeded, gate succeeded, later queued, open queued"
    );
    for key in ["open", "later"] {
        assert_eq!(app.job(&pipeline, key).await["sealed"], true, "{key}");
        let path = app.job_path(&pipeline, key).await;
        app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.problem(409, "job_sealed");
        app.succeed(key).await;
    }
    assert_eq!(app.pipeline(&pipeline).await["state"], "cancelled");
    app.finish().await;
}

#[tokio::test]
async fn what_waits_to_open_takes_tasks_until_then() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("first", json!({})),
        job("tidy", on("first", "always", json!({"tasks": [{}]}))),
        job("report", on("tidy", "always", json!({"sealed": false}))),
    ]);
    let pipeline = app.submit(jobs).await;
    clean_up(&app, &pipeline).await;
    let path = app.job_path(&pipeline, "report").await;
    assert_eq!(app.job(&pipeline, "report").await["sealed"], false);
    app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.expect(201);
    app.succeed("tidy").await;
    assert_eq!(app.job(&pipeline, "report").await["sealed"], true);
    app.succeed("report").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "cancelled");
    app.finish().await;
}

#[tokio::test]
async fn meanwhile_the_pipeline_is_sealed_and_an_event_has_the_reason() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))]);
    let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs})).await;
    let body = json!({"clean_up": true, "reason": "no disk"});
    let cancelling = app.post(&format!("{}/cancel", path_of(&pipeline)), body).await.expect(200);
    assert_eq!((&cancelling["sealed"], &cancelling["reason"]), (&json!(true), &json!("no disk")));
    assert_eq!(app.job(&pipeline, "a").await["reason"], "no disk");
    let more = json!({"jobs": [job("b", json!({}))]});
    app.post(&format!("{}/jobs", path_of(&pipeline)), more).await.problem(409, "pipeline_sealed");
    assert_eq!(flagged(&app, &pipeline).await, [json!(["cancelling", "pending", "pending", "no disk"])]);
    app.succeed("tidy").await;
    assert_eq!(app.pipeline(&pipeline).await["reason"], "no disk");
    app.finish().await;
}

#[tokio::test]
async fn a_pause_of_the_pipeline_itself_is_taken_off_and_of_a_job_or_queue_it_stays() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("tidy", on("a", "always", json!({}))),
        job("held", on("a", "always", json!({"paused": true}))),
        job("queue", on("a", "always", json!({}))),
    ]);
    let pipeline = app.submit_with(json!({"name": "test", "paused": true, "jobs": jobs})).await;
    app.patch("/v1/queues/queue", json!({"paused": true})).await.expect(200);
    let cancelling = clean_up(&app, &pipeline).await;
    assert_eq!((&cancelling["paused"], &cancelling["cancelling"]), (&json!(false), &json!(true)));
    let flags: Vec<Value> = flagged(&app, &pipeline).await.iter().map(|event| event[0].clone()).collect();
    assert_eq!(flags, ["cancelling", "resumed"]);
    app.succeed("tidy").await;
    app.expect_nothing_to_lease("held").await;
    app.expect_nothing_to_lease("queue").await;
    assert_eq!(app.job(&pipeline, "held").await["paused"], true);
    let path = app.job_path(&pipeline, "held").await;
    app.verb(&path, "resume").await;
    app.patch("/v1/queues/queue", json!({"paused": false})).await.expect(200);
    app.succeed("held").await;
    app.succeed("queue").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "cancelled");
    app.finish().await;
}

#[tokio::test]
async fn a_waiting_worker_gets_what_the_lifted_pause_held_back() {
    let app = TestApp::start_servers(2).await;
    let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))]);
    let pipeline = app.submit_with(json!({"name": "test", "paused": true, "jobs": jobs})).await;
    let asked = json!({"types": ["tidy"], "worker_id": "w", "wait_seconds": 15});
    let waits = app.post_to(1, "/v1/tasks/dequeue", asked);
    let (leased, _) = tokio::join!(waits, clean_up(&app, &pipeline));
    assert_eq!(leased.expect(200)["tasks"].as_array().unwrap().len(), 1);
    app.abandon().await;
}

#[tokio::test]
async fn a_plain_cancel_then_ends_the_rest_at_once() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))]);
    let pipeline = app.submit(jobs).await;
    clean_up(&app, &pipeline).await;
    let leased = app.lease("tidy").await;
    let body = json!({"reason": "now"});
    let cancelled = app.post(&format!("{}/cancel", path_of(&pipeline)), body).await.expect(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["cancelling"], &cancelled["reason"]),
        (&json!("cancelled"), &json!(false), &json!("now"))
    );
    assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled, tidy cancelled");
    app.report(&leased, "complete", json!({})).await.problem(409, "lease_lost");
    app.finish().await;
}

#[tokio::test]
async fn repeats_change_nothing() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("tidy", on("a", "always", json!({}))),
        job("tell", json!({"depends_on": ["tidy"]})),
    ]);
    let pipeline = app.submit(jobs).await;
    clean_up(&app, &pipeline).await;
    app.succeed("tidy").await;
    let before = app.pipeline_as_answered(&pipeline).await;
    let again = json!({"clean_up": true, "reason": "again"});
    let repeated = app.post(&format!("{}/cancel", path_of(&pipeline)), again.clone()).await.expect(200);
    assert_eq!(repeated, before, "tell, which no longer hangs below a job that has not ended, goes on");
    assert_eq!(flagged(&app, &pipeline).await.len(), 1);
    app.succeed("tell").await;
    let ended = app.pipeline_as_answered(&pipeline).await;
    assert_eq!(app.post(&format!("{}/cancel", path_of(&pipeline)), again).await.expect(200), ended);
    app.finish().await;
}

#[tokio::test]
async fn where_nothing_is_spared_it_is_cancelled_at_once() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({}))), job("b", json!({}))]);
    let pipeline = app.submit(jobs).await;
    app.succeed("a").await;
    app.succeed("tidy").await;
    let cancelled = clean_up(&app, &pipeline).await;
    assert_eq!((&cancelled["state"], &cancelled["cancelling"]), (&json!("cancelled"), &json!(false)));
    assert_eq!(app.states(&pipeline).await, "cancelled: a succeeded, b cancelled, tidy succeeded");
    assert_eq!(flagged(&app, &pipeline).await, [] as [Value; 0]);
    let empty = app.submit_with(json!({"name": "test", "sealed": false, "jobs": []})).await;
    assert_eq!(clean_up(&app, &empty).await["state"], "cancelled");
    app.finish().await;
}

#[tokio::test]
async fn of_what_ended_otherwise_it_is_refused() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    let refused = app.post(&format!("{}/cancel", path_of(&pipeline)), json!({"clean_up": true})).await;
    assert_eq!(refused.problem(409, "illegal_transition")["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_clears_cancelling() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))]);
    let pipeline = app.submit(jobs).await;
    clean_up(&app, &pipeline).await;
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    let again = app.pipeline(&pipeline).await;
    assert_eq!(
        (&again["cancelling"], &again["state"], &again["reason"]),
        (&json!(false), &json!("running"), &Value::Null)
    );
    app.succeed("a").await;
    app.succeed("tidy").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, tidy succeeded");
    let other = app.submit(json!([job("a", json!({})), job("tidy", on("a", "always", json!({})))])).await;
    clean_up(&app, &other).await;
    app.succeed("tidy").await;
    let again = app.verb(&path_of(&other), "retry").await;
    assert_eq!((&again["cancelling"], &again["state"]), (&json!(false), &json!("running")));
    app.finish().await;
}
