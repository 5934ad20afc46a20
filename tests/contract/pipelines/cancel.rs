//! `POST /v1/pipelines/{id}/cancel`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job, time_of};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

#[tokio::test]
async fn cancel_ends_a_pipeline_at_once_with_all_its_unfinished_jobs() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("done", json!({})),
        job("running", json!({"tasks": [{}, {}]})),
        job("queued", json!({})),
        job("pending", json!({"depends_on": ["queued"]})),
        job("always", json!({"depends_on": [{"job": "queued", "when": "always"}]})),
        job("unsealed", json!({"sealed": false})),
    ]);
    let pipeline = app.submit(jobs).await;
    app.succeed("done").await;
    app.lease("running").await;
    let cancelled = app
        .post(&format!("{}/cancel", path_of(&pipeline)), json!({"reason": "not needed"}))
        .await
        .expect(200);
    assert_eq!((&cancelled["state"], &cancelled["reason"]), (&json!("cancelled"), &json!("not needed")));
    assert!(time_of(&cancelled, "ended_at") >= time_of(&cancelled, "started_at"));
    assert_eq!(
        app.states(&pipeline).await,
        "cancelled: always cancelled, done succeeded, pending cancelled, queued cancelled, running cancelled, unsealed cancelled"
    );
    for kind in ["running", "queued", "pending", "always"] {
        app.expect_nothing_to_lease(kind).await;
    }
    assert_eq!(app.job(&pipeline, "running").await["counts"]["cancelled"], 2);
    assert_eq!(app.job(&pipeline, "unsealed").await["sealed"], true);
    app.finish().await;
}

#[tokio::test]
async fn a_worker_learns_of_the_cancel_from_whatever_it_reports_next() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    app.verb(&path_of(&pipeline), "cancel").await;
    let error = json!({"error": {"category": "unknown", "message": "it broke"}});
    for (verb, body) in [
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
        ("fail", error),
        ("release", json!({})),
        ("complete", json!({"result": 1})),
    ] {
        let problem = app.report(&leased, verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "cancelled", "{verb}");
    }
    let batch = json!({"tasks": [{"id": leased["id"], "lease_token": leased["lease_token"]}]});
    for verb in ["heartbeat", "complete"] {
        let results = app.post(&format!("/v1/tasks/{verb}"), batch.clone()).await.expect(200);
        assert_eq!(results["results"][0]["problem"]["task_state"], "cancelled", "{verb}");
    }
    let task = app.task(&leased).await;
    assert_eq!(
        (&task["state"], &task["result"], &task["lease_expires_at"]),
        (&json!("cancelled"), &Value::Null, &Value::Null)
    );
    app.finish().await;
}

#[tokio::test]
async fn cancel_seals_an_unsealed_pipeline() {
    let app = TestApp::start().await;
    for jobs in [json!([]), json!([job("a", json!({}))])] {
        let pipeline = app.submit_with(json!({"name": "test", "sealed": false, "jobs": jobs})).await;
        let cancelled = app.verb(&path_of(&pipeline), "cancel").await;
        assert_eq!((&cancelled["state"], &cancelled["sealed"]), (&json!("cancelled"), &json!(true)));
        let more =
            app.post(&format!("{}/jobs", path_of(&pipeline)), json!({"jobs": [job("b", json!({}))]})).await;
        more.problem(409, "pipeline_sealed");
    }
    app.finish().await;
}

#[tokio::test]
async fn cancelling_what_is_cancelled_changes_nothing_and_what_has_ended_otherwise_is_refused() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let once =
        app.post(&format!("{}/cancel", path_of(&pipeline)), json!({"reason": "first"})).await.expect(200);
    let twice =
        app.post(&format!("{}/cancel", path_of(&pipeline)), json!({"reason": "second"})).await.expect(200);
    assert_eq!(twice, once);
    for end in ["succeeded", "failed"] {
        let pipeline = app.submit(json!([job("b", json!({}))])).await;
        if end == "failed" {
            app.fail_for_good("b").await;
        } else {
            app.succeed("b").await;
        }
        let problem = app
            .post_empty(&format!("{}/cancel", path_of(&pipeline)))
            .await
            .problem(409, "illegal_transition");
        assert_eq!(problem["state"], end);
        assert_eq!(app.pipeline(&pipeline).await["state"], end);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_pipeline_that_was_cancelled_after_a_failure_is_cancelled() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    app.fail_for_good("a").await;
    app.verb(&path_of(&pipeline), "cancel").await;
    assert_eq!(app.states(&pipeline).await, "cancelled: a failed, b cancelled");
    app.finish().await;
}

#[tokio::test]
async fn a_paused_pipeline_can_be_cancelled() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit_with(json!({"name": "test", "paused": true, "jobs": [job("a", json!({}))]})).await;
    assert_eq!(app.verb(&path_of(&pipeline), "cancel").await["state"], "cancelled");
    assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled");
    app.finish().await;
}

#[tokio::test]
async fn a_scheduled_task_of_a_cancelled_pipeline_never_comes_due() {
    let app = TestApp::start().await;
    let run_at = app.time_in(100).await;
    let retry = json!({"initial_delay_seconds": 100, "jitter": 0});
    let pipeline =
        app.submit(json!([job("a", json!({"retry": retry, "tasks": [{}, {"run_at": run_at}]}))])).await;
    let leased = app.lease("a").await;
    app.fail(&leased).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    app.advance(200).await;
    // The promotion of a due task of another pipeline shows that the promoter has been by.
    let other = app.time_in(0).await;
    app.submit(json!([job("b", json!({"tasks": [{"run_at": other}]}))])).await;
    windlass_tests::eventually("the other task is due", || async { app.lease_many("b", 1).await.pop() })
        .await;
    app.expect_nothing_to_lease("a").await;
    assert_eq!(app.job(&pipeline, "a").await["counts"]["cancelled"], 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_races_with_dequeues_and_completions_always_ends_everything() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..15 {
        let after = json!({"key": "after", "type": "a", "depends_on": ["first"]});
        let pipeline =
            app.submit(json!([{"key": "first", "type": "a", "tasks": vec![json!({}); 6]}, after])).await;
        let work = |worker: usize| {
            let app = &app;
            async move {
                let asked = json!({"types": ["a"], "worker_id": "w", "max_tasks": 2});
                let leased = app.post_to(worker % 2, "/v1/tasks/dequeue", asked).await.expect(200);
                for task in leased["tasks"].as_array().unwrap() {
                    let answer = app.report_to(worker % 2, task, "complete", json!({})).await;
                    if answer.status != 200 {
                        assert_eq!(answer.problem(409, "lease_lost")["task_state"], "cancelled");
                    }
                }
            }
        };
        let cancel = format!("{}/cancel", path_of(&pipeline));
        let (cancelled, _) = tokio::join!(
            app.post_to(1, &cancel, json!({})),
            futures_util::future::join_all((0..6).map(work))
        );
        if cancelled.status == 200 {
            assert_eq!(app.pipeline(&pipeline).await["state"], "cancelled");
        } else {
            assert_eq!(cancelled.problem(409, "illegal_transition")["state"], "succeeded");
        }
        app.expect_nothing_to_lease("a").await;
        for key in ["first", "after"] {
            let counts = &app.job(&pipeline, key).await["counts"];
            assert!(
                ["pending", "scheduled", "queued", "running"].iter().all(|state| counts[state] == 0),
                "{counts}"
            );
        }
    }
    app.finish().await;
}
