//! `POST /v1/pipelines/{id}/pause` and `/resume`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

#[tokio::test]
async fn a_paused_pipeline_hands_nothing_out_and_keeps_its_state() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    app.lease("a").await;
    let paused = app.verb(&path_of(&pipeline), "pause").await;
    assert_eq!((&paused["paused"], &paused["state"]), (&json!(true), &json!("running")));
    app.expect_nothing_to_lease("a").await;
    assert_eq!(app.job(&pipeline, "a").await["counts"]["queued"], 1);
    let resumed = app.verb(&path_of(&pipeline), "resume").await;
    assert_eq!((&resumed["paused"], &resumed["state"]), (&json!(false), &json!("running")));
    app.lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn a_paused_pipeline_ends_with_its_last_running_task() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.verb(&path_of(&pipeline), "pause").await;
    app.complete(&leased).await;
    let ended = app.pipeline(&pipeline).await;
    assert_eq!((&ended["state"], &ended["paused"]), (&json!("succeeded"), &json!(true)));
    app.finish().await;
}

#[tokio::test]
async fn all_that_are_paused_must_be_resumed() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let job = app.job_path(&pipeline, "a").await;
    app.verb(&path_of(&pipeline), "pause").await;
    assert_eq!(app.verb(&job, "pause").await["paused"], true);
    app.patch("/v1/queues/a", json!({"paused": true})).await.expect(200);
    app.verb(&path_of(&pipeline), "resume").await;
    app.expect_nothing_to_lease("a").await;
    app.verb(&job, "resume").await;
    app.expect_nothing_to_lease("a").await;
    app.patch("/v1/queues/a", json!({"paused": false})).await.expect(200);
    app.lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn pausing_and_resuming_twice_change_nothing() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let path = path_of(&pipeline);
    assert_eq!(app.verb(&path, "resume").await, pipeline);
    let once = app.verb(&path, "pause").await;
    assert_eq!(app.verb(&path, "pause").await, once);
    let job = app.job_path(&pipeline, "a").await;
    let once = app.verb(&job, "pause").await;
    assert_eq!(app.verb(&job, "pause").await, once);
    app.finish().await;
}

#[tokio::test]
async fn pausing_or_resuming_what_has_ended_is_refused() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    for path in [path_of(&pipeline), app.job_path(&pipeline, "a").await] {
        for verb in ["pause", "resume"] {
            let problem = app.post_empty(&format!("{path}/{verb}")).await.problem(409, "illegal_transition");
            assert_eq!(problem["state"], "succeeded");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_paused_job_holds_its_own_tasks_only() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([{"key": "x", "type": "a"}, {"key": "y", "type": "a"}, {"key": "z", "type": "a", "depends_on": ["y"]}])).await;
    let path = app.job_path(&pipeline, "x").await;
    app.verb(&path, "pause").await;
    let last = app.job_path(&pipeline, "z").await;
    app.verb(&last, "pause").await;
    assert_eq!(app.succeed("a").await["job_id"], app.job(&pipeline, "y").await["id"]);
    assert_eq!(app.states(&pipeline).await, "running: x queued, y succeeded, z queued");
    app.expect_nothing_to_lease("a").await;
    app.verb(&path, "resume").await;
    assert_eq!(app.lease("a").await["job_key"], "x");
    app.finish().await;
}

#[tokio::test]
async fn a_resume_wakes_a_waiting_dequeue_on_every_server() {
    let app = TestApp::start_servers(2).await;
    for level in ["pipeline", "job"] {
        let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
        let path = if level == "job" { app.job_path(&pipeline, "a").await } else { path_of(&pipeline) };
        app.verb(&path, "pause").await;
        let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 60});
        let begun = std::time::Instant::now();
        let resume = async {
            app.get("/v1/tasks").await.expect(200);
            app.verb(&path, "resume").await;
        };
        let waiting = [0, 1].map(|server| app.post_to(server, "/v1/tasks/dequeue", asked.clone()));
        let (answers, ()) = tokio::join!(futures_util::future::join_all(waiting), resume);
        for answer in answers {
            app.complete(&answer.expect(200)["tasks"][0]).await;
        }
        assert!(begun.elapsed() < windlass_tests::LONG, "{level}: {:?}", begun.elapsed());
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_task_is_handed_out_after_a_pause_has_answered() {
    let app = TestApp::start_servers(2).await;
    for round in 0..12 {
        let pipeline = app.submit(json!([job("a", json!({"tasks": vec![json!({}); 400]}))])).await;
        let path = if round % 2 == 0 { path_of(&pipeline) } else { app.job_path(&pipeline, "a").await };
        let paused = std::sync::atomic::AtomicBool::new(false);
        let work = |worker: usize| {
            let (app, paused) = (&app, &paused);
            async move {
                let asked = json!({"types": ["a"], "worker_id": "w", "max_tasks": 5});
                loop {
                    // A dequeue that is sent after the pause was answered must come back empty.
                    let after = paused.load(std::sync::atomic::Ordering::SeqCst);
                    let leased =
                        app.post_to(worker % 2, "/v1/tasks/dequeue", asked.clone()).await.expect(200);
                    if after {
                        assert_eq!(leased["tasks"], json!([]));
                        return;
                    }
                }
            }
        };
        let pause = async {
            app.lease_many("a", 5).await;
            app.post_to(1, &format!("{path}/pause"), json!({})).await.expect(200);
            let running = app.job(&pipeline, "a").await["counts"]["running"].clone();
            paused.store(true, std::sync::atomic::Ordering::SeqCst);
            running
        };
        let (running, _) = tokio::join!(pause, futures_util::future::join_all((0..6).map(work)));
        assert_eq!(app.job(&pipeline, "a").await["counts"]["running"], running, "round {round}");
    }
    app.finish().await;
}
