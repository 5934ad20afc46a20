//! Rule 3: when and how a job ends.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// A pipeline of one job `a` of so many tasks, with further members.
async fn job_of(app: &TestApp, tasks: usize, further: Value) -> Value {
    let mut further = further;
    further["tasks"] = json!(vec![json!({}); tasks]);
    app.submit(json!([job("a", further)])).await
}

async fn state(app: &TestApp, pipeline: &Value) -> String {
    app.job(pipeline, "a").await["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_job_succeeds_with_the_last_of_its_tasks() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 3, json!({})).await;
    for expected in ["running", "running", "succeeded"] {
        app.succeed("a").await;
        assert_eq!(state(&app, &pipeline).await, expected);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_fails_at_once_by_default_and_cancels_its_open_tasks() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let pipeline =
        app.submit(json!([job("a", json!({"tasks": [{}, {}, {}, {}, {"run_at": run_at}]}))])).await;
    let leased = app.lease_many("a", 3).await;
    app.complete(&leased[0]).await;
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    let counts = &app.job(&pipeline, "a").await["counts"];
    let expected = json!({"pending": 0, "scheduled": 0, "queued": 0, "running": 0, "succeeded": 1, "failed": 1, "cancelled": 3, "skipped": 0, "total": 5});
    assert_eq!(*counts, expected);
    app.expect_nothing_to_lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn the_leases_of_a_job_that_failed_at_once_are_dead() {
    let app = TestApp::start().await;
    job_of(&app, 3, json!({})).await;
    let leased = app.lease_many("a", 2).await;
    app.fail_with(&leased[0], json!({"retry": "never"})).await;
    let error = json!({"error": {"category": "unknown", "message": "it broke"}});
    for (verb, body) in [
        ("heartbeat", json!({})),
        ("progress", json!({"current": 1})),
        ("fail", error),
        ("release", json!({})),
        ("complete", json!({})),
    ] {
        let problem = app.report(&leased[1], verb, body).await.problem(409, "lease_lost");
        assert_eq!(problem["task_state"], "cancelled", "{verb}");
    }
    assert_eq!(app.task(&leased[1]).await["state"], "cancelled");
    app.finish().await;
}

#[tokio::test]
async fn without_fail_fast_a_job_fails_with_its_last_task() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 3, json!({"fail_fast": false})).await;
    app.fail_for_good("a").await;
    assert_eq!(state(&app, &pipeline).await, "running");
    app.succeed("a").await;
    assert_eq!(state(&app, &pipeline).await, "running");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!(
        (&counts["succeeded"], &counts["failed"], &counts["cancelled"]),
        (&json!(2), &json!(1), &json!(0))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_job_bears_as_many_failed_tasks_as_it_may_and_not_one_more() {
    let app = TestApp::start().await;
    for fail_fast in [true, false] {
        let further = json!({"max_failed_tasks": 2, "fail_fast": fail_fast});
        let pipeline = job_of(&app, 4, further.clone()).await;
        app.fail_for_good("a").await;
        app.fail_for_good("a").await;
        app.succeed("a").await;
        assert_eq!(state(&app, &pipeline).await, "running");
        app.succeed("a").await;
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
        let pipeline = job_of(&app, 4, further).await;
        app.fail_for_good("a").await;
        app.fail_for_good("a").await;
        app.fail_for_good("a").await;
        assert_eq!(state(&app, &pipeline).await, if fail_fast { "failed" } else { "running" });
        if !fail_fast {
            app.succeed("a").await;
        }
        assert_eq!(app.states(&pipeline).await, "failed: a failed");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_unsealed_job_fails_at_once_too() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 2, json!({"sealed": false})).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn an_unsealed_job_without_fail_fast_fails_as_it_is_sealed() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 1, json!({"sealed": false, "fail_fast": false})).await;
    let path = app.job_path(&pipeline, "a").await;
    app.fail_for_good("a").await;
    assert_eq!(state(&app, &pipeline).await, "running");
    app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.expect(201);
    app.succeed("a").await;
    assert_eq!(app.verb(&path, "seal").await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_is_no_failure_of_the_job() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 2, json!({"retry": {"max_attempts": 3, "initial_delay_seconds": 0}})).await;
    for _ in 0..2 {
        for task in app.lease_many("a", 2).await {
            app.fail(&task).await;
        }
        assert_eq!(app.states(&pipeline).await, "running: a running");
    }
    app.succeed("a").await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_scheduled_task_keeps_its_job_from_ending() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 2, json!({"retry": {"initial_delay_seconds": 1_000}})).await;
    let leased = app.lease_many("a", 2).await;
    app.fail(&leased[0]).await;
    app.complete(&leased[1]).await;
    assert_eq!(app.states(&pipeline).await, "running: a running");
    app.finish().await;
}

#[tokio::test]
async fn a_task_that_fails_after_its_job_has_succeeded_is_refused() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 1, json!({})).await;
    let leased = app.lease("a").await;
    app.complete(&leased).await;
    let error = json!({"error": {"category": "unknown", "message": "it broke"}});
    app.report(&leased, "fail", error).await.problem(409, "lease_lost");
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_failures_fail_a_job_once_and_open_what_waits_for_it_once() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..8 {
        let after = job("after", json!({"depends_on": [{"job": "a", "when": "failed"}]}));
        let pipeline = app
            .submit(json!([job("a", json!({"tasks": vec![json!({}); 30], "max_failed_tasks": 9})), after]))
            .await;
        let leased = app.lease_many("a", 20).await;
        let error = json!({"error": {"category": "unknown", "message": "it broke"}, "retry": "never"});
        let calls = leased
            .iter()
            .enumerate()
            .map(|(number, task)| app.report_to(number % 2, task, "fail", error.clone()));
        let answers = futures_util::future::join_all(calls).await;
        let failed = answers.iter().filter(|answer| answer.status == 200).count();
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.problem(409, "lease_lost")["task_state"], "cancelled");
        }
        assert!(failed >= 10, "{failed}");
        let counts = &app.job(&pipeline, "a").await["counts"];
        assert_eq!((&counts["failed"], &counts["cancelled"]), (&json!(failed), &json!(30 - failed)));
        assert_eq!(app.states(&pipeline).await, "running: a failed, after queued");
        assert_eq!(id(&app.succeed("after").await).len(), 36);
        app.expect_nothing_to_lease("after").await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_of_which_nothing_succeeded_within_its_threshold_is_cancelled() {
    let app = TestApp::start().await;
    let pipeline = job_of(&app, 2, json!({"max_failed_tasks": 2})).await;
    app.fail_for_good("a").await;
    app.fail_for_good("a").await;
    // Rule 3 to the letter: it fails above the threshold only, it succeeds if a task did, and else it is cancelled.
    assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled");
    app.finish().await;
}
