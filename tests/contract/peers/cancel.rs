//! Cancels that meet something, and where they lead.

use serde_json::json;
use windlass_tests::{TestApp, id, job};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_never_loses_its_race_with_a_dequeue() {
    let app = TestApp::start_servers(2).await;
    for round in 0..60 {
        let pipeline = app.submit(json!([job("a", json!({}))])).await;
        let level = if round % 2 == 0 { app.job_path(&pipeline, "a").await } else { path_of(&pipeline) };
        let cancel = format!("{level}/cancel");
        let asked = json!({"types": ["a"], "worker_id": "w"});
        let workers = (0..4).map(|worker| app.post_to(worker % 2, "/v1/tasks/dequeue", asked.clone()));
        let (cancelled, answers) =
            tokio::join!(app.post_to(1, &cancel, json!({})), futures_util::future::join_all(workers));
        assert_eq!(cancelled.expect(200)["state"], "cancelled", "round {round}");
        for answer in answers {
            for task in answer.expect(200)["tasks"].as_array().unwrap() {
                let problem = app.report(task, "heartbeat", json!({})).await.problem(409, "lease_lost");
                assert_eq!(problem["task_state"], "cancelled", "round {round}");
            }
        }
        assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled", "round {round}");
        app.expect_nothing_to_lease("a").await;
    }
    app.finish().await;
}

/// Nobody reports any more, nothing expires, nothing is sealed or resumed: the cancel alone is the end.
#[tokio::test]
async fn a_cancelled_job_is_at_its_end_whatever_its_tasks_were_doing() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    for paused in [false, true] {
        for sealed in [false, true] {
            let tasks = json!([{}, {}, {}, {"run_at": run_at}]);
            let pipeline = app.submit(json!([job("a", json!({"sealed": sealed, "tasks": tasks}))])).await;
            let leased = app.lease_many("a", 2).await;
            app.fail(&leased[0]).await;
            if paused {
                app.verb(&path_of(&pipeline), "pause").await;
            }
            let cancelled = app.verb(&app.job_path(&pipeline, "a").await, "cancel").await;
            assert_eq!((&cancelled["state"], cancelled["ended_at"].is_string()), (&json!("cancelled"), true));
            assert_eq!(cancelled["counts"]["cancelled"], 4);
            assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled");
        }
    }
    app.finish().await;
}

/// The last task goes while its job still waits for others: the job has nothing to do when it opens, and must not wait for ever.
#[tokio::test]
async fn a_job_whose_tasks_were_cancelled_while_it_was_pending_ends_as_it_opens() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("b", json!({"depends_on": ["a"]})),
        job("c", json!({"depends_on": [{"job": "b", "when": "always"}]})),
    ]);
    let pipeline = app.submit(jobs).await;
    let task = app.tasks(&app.job(&pipeline, "b").await).await.remove(0);
    app.verb(&format!("/v1/tasks/{}", id(&task)), "cancel").await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending, c pending");
    app.succeed("a").await;
    assert_eq!(app.job_states(&pipeline).await, "a succeeded, b cancelled, c queued");
    app.succeed("c").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "partial");
    app.finish().await;
}

fn path_of(pipeline: &serde_json::Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}
