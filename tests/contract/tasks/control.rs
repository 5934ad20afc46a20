//! `POST /v1/tasks/{id}/cancel` and `/retry`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn a_failed_task_can_be_retried_alone_and_reopens_its_job_and_pipeline() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({"depends_on": ["a"]}))]))
        .await;
    let leased = app.lease_many("a", 2).await;
    app.complete(&leased[0]).await;
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped");
    let task = app.verb(&format!("/v1/tasks/{}", id(&leased[1])), "retry").await;
    assert_eq!(
        (&task["state"], &task["attempt"], &task["max_attempts"]),
        (&json!("queued"), &json!(1), &json!(4))
    );
    let again = app.lease("a").await;
    assert_eq!((&again["id"], &again["attempt"]), (&leased[1]["id"], &json!(2)));
    app.complete(&again).await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_threshold_is_judged_again_at_the_next_end_of_a_task() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 1, "fail_fast": false}))]))
        .await;
    let leased = app.lease_many("a", 3).await;
    for task in &leased {
        app.fail_with(task, json!({"retry": "never"})).await;
    }
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.verb(&format!("/v1/tasks/{}", id(&leased[0])), "retry").await;
    let job = app.job(&pipeline, "a").await;
    assert_eq!((&job["counts"]["failed"], &job["counts"]["queued"]), (&json!(2), &json!(1)));
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn a_threshold_that_a_retry_left_passed_is_not_judged_as_the_job_opens() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job(
            "b",
            json!({"depends_on": [{"job": "a", "when": "always"}], "tasks": [{}, {}], "fail_fast": false})
        )
    ]);
    let pipeline = app.submit(jobs).await;
    app.succeed("a").await;
    app.fail_for_good("b").await;
    let waiting = app.fail_for_good("b").await;
    let path = app.job_path(&pipeline, "a").await;
    app.post(&format!("{path}/retry"), json!({"scope": "all"})).await.expect(200);
    assert_eq!(app.verb(&format!("/v1/tasks/{}", id(&waiting)), "retry").await["state"], "pending");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "failed: a succeeded, b failed");
    app.finish().await;
}

#[tokio::test]
async fn a_threshold_that_a_retry_left_passed_is_not_judged_when_a_task_is_tried_again_or_released() {
    let app = TestApp::start().await;
    let further = json!({"tasks": [{}, {}], "fail_fast": false, "retry": {"initial_delay_seconds": 0}});
    let pipeline = app.submit(json!([job("a", further)])).await;
    app.fail_for_good("a").await;
    let waiting = app.fail_for_good("a").await;
    app.verb(&format!("/v1/tasks/{}", id(&waiting)), "retry").await;
    let leased = app.lease("a").await;
    app.report(&leased, "release", json!({})).await.expect(200);
    assert_eq!(app.states(&pipeline).await, "running: a running");
    let leased = app.lease("a").await;
    assert_eq!(app.fail(&leased).await["state"], "queued");
    assert_eq!(app.states(&pipeline).await, "running: a running");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn tasks_of_a_job_skipped_by_hand_come_back_one_by_one() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "skip").await;
    let tasks = app.tasks(&app.job(&pipeline, "a").await).await;
    for task in &tasks[..2] {
        assert_eq!(app.verb(&format!("/v1/tasks/{}", id(task)), "retry").await["state"], "queued");
    }
    let counts = app.job(&pipeline, "a").await["counts"].clone();
    assert_eq!((&counts["queued"], &counts["skipped"], &counts["total"]), (&json!(2), &json!(1), &json!(3)));
    app.succeed("a").await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn only_an_ended_task_that_has_not_succeeded_can_be_retried() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}], "max_failed_tasks": 3}))])).await;
    let leased = app.lease_many("a", 2).await;
    let path = |task: &Value| format!("/v1/tasks/{}/retry", id(task));
    assert_eq!(
        app.post_empty(&path(&leased[0])).await.problem(409, "illegal_transition")["state"],
        "running"
    );
    app.complete(&leased[0]).await;
    assert_eq!(
        app.post_empty(&path(&leased[0])).await.problem(409, "illegal_transition")["state"],
        "succeeded"
    );
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    app.post_empty(&path(&leased[1])).await.expect(200);
    assert_eq!(app.post_empty(&path(&leased[1])).await.problem(409, "illegal_transition")["state"], "queued");
    app.post_empty("/v1/tasks/nope/retry").await.problem(404, "task_not_found");
    app.finish().await;
}

#[tokio::test]
async fn a_task_whose_job_was_skipped_and_cannot_open_is_not_retried() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    app.fail_for_good("a").await;
    let task = app.tasks(&app.job(&pipeline, "b").await).await.remove(0);
    app.post_empty(&format!("/v1/tasks/{}/retry", id(&task))).await.problem(409, "illegal_transition");
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped");
    app.finish().await;
}

#[tokio::test]
async fn a_cancelled_task_is_no_failure_and_its_job_ends_without_it() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    let leased = app.lease_many("a", 2).await;
    let waiting = app.tasks(&app.job(&pipeline, "a").await).await.remove(2);
    for task in [&leased[1], &waiting] {
        let cancelled = app
            .post(&format!("/v1/tasks/{}/cancel", id(task)), json!({"reason": "not this one"}))
            .await
            .expect(200);
        assert_eq!((&cancelled["state"], cancelled["ended_at"].is_string()), (&json!("cancelled"), true));
    }
    let problem = app.report(&leased[1], "complete", json!({})).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "cancelled");
    app.expect_nothing_to_lease("a").await;
    app.complete(&leased[0]).await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_job_whose_tasks_were_all_cancelled_is_cancelled() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"tasks": [{}, {}]})),
            job("b", json!({"depends_on": [{"job": "a", "when": "always"}]}))
        ]))
        .await;
    for task in app.tasks(&app.job(&pipeline, "a").await).await {
        app.verb(&format!("/v1/tasks/{}", id(&task)), "cancel").await;
    }
    assert_eq!(app.states(&pipeline).await, "running: a cancelled, b queued");
    app.finish().await;
}

#[tokio::test]
async fn cancelling_a_task_twice_changes_nothing_and_an_ended_one_is_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    let leased = app.lease_many("a", 2).await;
    let path = |task: &Value| format!("/v1/tasks/{}", id(task));
    let once = app.verb(&path(&leased[0]), "cancel").await;
    assert_eq!(app.verb(&path(&leased[0]), "cancel").await, once);
    app.complete(&leased[1]).await;
    let problem =
        app.post_empty(&format!("{}/cancel", path(&leased[1]))).await.problem(409, "illegal_transition");
    assert_eq!(problem["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_scheduled_task_can_be_cancelled_and_never_comes_due() {
    let app = TestApp::start().await;
    let run_at = app.time_in(100).await;
    let pipeline = app
        .submit(json!([job(
            "a",
            json!({"tasks": [{"run_at": run_at}, {"payload": "other", "run_at": run_at}]})
        )]))
        .await;
    let task = app.tasks(&app.job(&pipeline, "a").await).await.remove(0);
    assert_eq!(app.verb(&format!("/v1/tasks/{}", id(&task)), "cancel").await["state"], "cancelled");
    app.advance(101).await;
    let due =
        windlass_tests::eventually("the other is due", || async { app.lease_many("a", 5).await.pop() }).await;
    assert_eq!(due["payload"], "other");
    app.expect_nothing_to_lease("a").await;
    app.complete(&due).await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_pending_task_can_be_cancelled_and_its_job_goes_on_without_it() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("a", json!({})),
        job("b", json!({"depends_on": ["a"], "tasks": [{}, {}]})),
        job("c", json!({"depends_on": ["a"]}))
    ]);
    let pipeline = app.submit(jobs).await;
    let of_b = app.tasks(&app.job(&pipeline, "b").await).await;
    let of_c = app.tasks(&app.job(&pipeline, "c").await).await;
    for task in [&of_b[0], &of_c[0]] {
        assert_eq!(app.verb(&format!("/v1/tasks/{}", id(task)), "cancel").await["state"], "cancelled");
    }
    app.succeed("a").await;
    assert_eq!(app.job(&pipeline, "c").await["state"], "cancelled");
    let leased = app.lease_many("b", 5).await;
    assert_eq!((leased.len(), &leased[0]["id"]), (1, &of_b[1]["id"]));
    app.complete(&leased[0]).await;
    assert_eq!(app.states(&pipeline).await, "partial: a succeeded, b succeeded, c cancelled");
    app.finish().await;
}

#[tokio::test]
async fn a_cancelled_task_can_be_retried() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let leased = app.lease_many("a", 2).await;
    let path = format!("/v1/tasks/{}", id(&leased[0]));
    app.verb(&path, "cancel").await;
    assert_eq!(app.verb(&path, "retry").await["state"], "queued");
    app.complete(&leased[1]).await;
    assert_eq!(app.states(&pipeline).await, "running: a running");
    let again = app.lease("a").await;
    assert_eq!((&again["id"], &again["attempt"]), (&leased[0]["id"], &json!(2)));
    app.complete(&again).await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_a_task_that_races_with_its_completion_is_decided_once() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..20 {
        let pipeline = app.submit(json!([job("a", json!({}))])).await;
        let leased = app.lease("a").await;
        let cancel = format!("/v1/tasks/{}/cancel", id(&leased));
        let (cancelled, completed) = tokio::join!(
            app.post_to(0, &cancel, json!({})),
            app.report_to(1, &leased, "complete", json!({}))
        );
        if completed.status == 200 {
            assert_eq!(cancelled.problem(409, "illegal_transition")["state"], "succeeded");
            assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
        } else {
            assert_eq!(completed.problem(409, "lease_lost")["task_state"], "cancelled");
            cancelled.expect(200);
            assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled");
        }
    }
    app.finish().await;
}
