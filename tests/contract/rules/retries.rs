//! Rule 8 on retries by hand: what comes back with a task, and what waits again below.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, eventually, id, job, seconds_between, time_of};

async fn retry(app: &TestApp, pipeline: &Value, key: &str, body: Value) -> Answer {
    app.post(&format!("{}/retry", app.job_path(pipeline, key).await), body).await
}

async fn retry_task(app: &TestApp, task: &Value) -> Value {
    app.verb(&format!("/v1/tasks/{}", id(task)), "retry").await
}

fn counts<'a>(job: &'a Value, states: &[&str]) -> Vec<&'a Value> {
    states.iter().map(|state| &job["counts"][*state]).collect()
}

#[tokio::test]
async fn the_retry_of_a_task_brings_back_all_that_its_jobs_fail_fast_ended_the_failed_ones_included() {
    let app = TestApp::start().await;
    for cancelled_one in [false, true] {
        let further =
            json!({"tasks": vec![json!({}); 6], "max_failed_tasks": 1, "retry": {"max_attempts": 1}});
        let pipeline = app.submit(json!([job("a", further)])).await;
        let leased = app.lease_many("a", 4).await;
        app.complete(&leased[0]).await;
        app.fail(&leased[1]).await;
        app.fail(&leased[2]).await;
        let failed = app.job(&pipeline, "a").await;
        assert_eq!(counts(&failed, &["succeeded", "failed", "cancelled"]), [&json!(1), &json!(2), &json!(3)]);
        let retried = if cancelled_one { &leased[3] } else { &leased[1] };
        assert_eq!(retry_task(&app, retried).await["state"], "queued");
        let again = app.job(&pipeline, "a").await;
        assert_eq!(
            counts(&again, &["succeeded", "failed", "cancelled", "queued"]),
            [&json!(1), &json!(0), &json!(0), &json!(5)]
        );
        for task in app.lease_many("a", 10).await {
            app.complete(&task).await;
        }
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_was_cancelled_by_hand_stays_when_a_sibling_is_retried() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": vec![json!({}); 4]}))])).await;
    let tasks = app.tasks(&app.job(&pipeline, "a").await).await;
    let by_hand = tasks.last().unwrap().clone();
    app.verb(&format!("/v1/tasks/{}", id(&by_hand)), "cancel").await;
    for _ in 0..2 {
        let failed = app.fail_for_good("a").await;
        retry_task(&app, &failed).await;
        let again = app.job(&pipeline, "a").await;
        assert_eq!(counts(&again, &["queued", "cancelled"]), [&json!(3), &json!(1)]);
        assert_eq!(app.task(&by_hand).await["state"], "cancelled");
    }
    // It comes back by itself, and with the retry of its job.
    app.fail_for_good("a").await;
    assert_eq!(retry_task(&app, &by_hand).await["state"], "queued");
    assert_eq!(counts(&app.job(&pipeline, "a").await, &["queued", "cancelled"]), [&json!(4), &json!(0)]);
    app.verb(&format!("/v1/tasks/{}", id(&by_hand)), "cancel").await;
    app.fail_for_good("a").await;
    retry(&app, &pipeline, "a", json!({})).await.expect(200);
    assert_eq!(counts(&app.job(&pipeline, "a").await, &["queued", "cancelled"]), [&json!(4), &json!(0)]);
    app.finish().await;
}

#[tokio::test]
async fn siblings_of_a_retried_task_stay_where_no_fail_fast_ended_them() {
    let app = TestApp::start().await;
    let further = json!({"tasks": [{}, {}, {}], "fail_fast": false, "retry": {"max_attempts": 1}});
    let pipeline = app.submit(json!([job("a", further)])).await;
    let leased = app.lease_many("a", 3).await;
    for task in &leased {
        app.fail(task).await;
    }
    retry_task(&app, &leased[0]).await;
    assert_eq!(counts(&app.job(&pipeline, "a").await, &["queued", "failed"]), [&json!(1), &json!(2)]);
    app.verb(&app.job_path(&pipeline, "a").await, "cancel").await;
    retry_task(&app, &leased[0]).await;
    assert_eq!(counts(&app.job(&pipeline, "a").await, &["queued", "failed"]), [&json!(1), &json!(2)]);
    app.finish().await;
}

#[tokio::test]
async fn delays_begin_anew_after_a_retry_by_hand() {
    let app = TestApp::start().await;
    let policy = json!({"max_attempts": 3, "initial_delay_seconds": 100, "factor": 10, "jitter": 0, "max_delay_seconds": 100_000});
    app.submit(json!([job("a", json!({"retry": policy}))])).await;
    let mut waited = Vec::new();
    for round in 0..2 {
        for attempt in 1..=3 {
            let leased = eventually("it is due", || async { app.lease_many("a", 1).await.pop() }).await;
            assert_eq!(
                (&leased["attempt"], &leased["max_attempts"]),
                (&json!(3 * round + attempt), &json!(3 * round + 3))
            );
            let failed = app.fail(&leased).await;
            if attempt < 3 {
                let attempt = app.walk(&format!("/v1/tasks/{}/attempts", id(&leased))).await.pop().unwrap();
                waited
                    .push(seconds_between(time_of(&attempt, "ended_at"), time_of(&failed, "run_at")).round());
                app.advance(2_000).await;
            } else if round == 0 {
                let back = retry_task(&app, &failed).await;
                assert_eq!((&back["attempt"], &back["max_attempts"]), (&json!(3), &json!(6)));
            }
        }
    }
    assert_eq!(waited, [100.0, 1_000.0, 100.0, 1_000.0]);
    app.finish().await;
}

/// `a` → `join` (a sealed job without tasks) → `b`.
async fn chain(app: &TestApp) -> Value {
    app.submit(json!([
        job("a", json!({})),
        job("join", json!({"depends_on": [{"job": "a", "when": "finished"}], "tasks": []})),
        job("b", json!({"depends_on": ["join"], "tasks": [{}, {}]})),
    ]))
    .await
}

#[tokio::test]
async fn a_child_without_a_lease_waits_again_through_a_join_that_had_passed() {
    let app = TestApp::start().await;
    let pipeline = chain(&app).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a failed, b queued, join succeeded");
    retry(&app, &pipeline, "a", json!({"reason": "again"})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending, join pending");
    app.expect_nothing_to_lease("b").await;
    let b = app.job(&pipeline, "b").await;
    assert_eq!((&b["opened_at"], &b["counts"]["pending"]), (&Value::Null, &json!(2)));
    let events = app.walk_events(&format!("?job_id={}", id(&b))).await;
    let back: Vec<_> =
        events.iter().filter(|event| event["to"] == "pending" && event["from"] == "queued").collect();
    assert_eq!(back.len(), 1, "one event");
    assert_eq!(back[0]["reason"], "again");
    app.succeed("a").await;
    for task in app.lease_many("b", 5).await {
        app.complete(&task).await;
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, join succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_child_that_has_begun_goes_on() {
    let app = TestApp::start().await;
    let pipeline = chain(&app).await;
    app.fail_for_good("a").await;
    let leased = app.lease("b").await;
    retry(&app, &pipeline, "a", json!({})).await.expect(200);
    assert_eq!(app.job(&pipeline, "b").await["state"], "running");
    app.complete(&leased).await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipeline).await, "running: a queued, b succeeded, join pending");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, join succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_gate_that_a_person_has_sealed_stays_and_what_hangs_below_it() {
    let app = TestApp::start().await;
    for sealed_first in [false, true] {
        let pipeline = app
            .submit(json!([
                job("a", json!({})),
                job("gate", json!({"depends_on": [{"job": "a", "when": "finished"}], "sealed": false})),
                job("b", json!({"depends_on": ["gate"]})),
            ]))
            .await;
        let gate = app.job_path(&pipeline, "gate").await;
        if sealed_first {
            app.verb(&gate, "seal").await;
        }
        app.fail_for_good("a").await;
        app.verb(&gate, "seal").await;
        retry(&app, &pipeline, "a", json!({})).await.expect(200);
        assert_eq!(app.job_states(&pipeline).await, "a queued, b queued, gate succeeded");
        app.succeed("a").await;
        app.succeed("b").await;
    }
    // One that waits for its person waits for its parent again.
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("gate", json!({"depends_on": [{"job": "a", "when": "finished"}], "sealed": false})),
        ]))
        .await;
    app.fail_for_good("a").await;
    retry(&app, &pipeline, "a", json!({})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, gate pending");
    app.finish().await;
}

#[tokio::test]
async fn a_child_of_on_open_that_waits_again_takes_tasks_again() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("scan", json!({})),
            job("hash", json!({"depends_on": ["scan"], "sealed": "on_open", "tasks": [{}]})),
        ]))
        .await;
    app.succeed("scan").await;
    assert_eq!(app.job(&pipeline, "hash").await["sealed"], true);
    retry(&app, &pipeline, "scan", json!({"scope": "all"})).await.expect(200);
    let hash = app.job(&pipeline, "hash").await;
    assert_eq!((&hash["state"], &hash["sealed"]), (&json!("pending"), &json!(false)));
    let scan = app.lease("scan").await;
    let add = json!({"add_tasks": [{"job": "hash", "tasks": [{}]}]});
    app.report(&scan, "complete", add).await.expect(200);
    assert_eq!(app.lease_many("hash", 5).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn the_retry_of_a_task_makes_children_wait_again_too() {
    let app = TestApp::start().await;
    let pipeline = chain(&app).await;
    let failed = app.fail_for_good("a").await;
    retry_task(&app, &failed).await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending, join pending");
    app.finish().await;
}

#[tokio::test]
async fn what_was_skipped_by_hand_stays_below_what_comes_back() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("by-hand", json!({"depends_on": [{"job": "a", "when": "always"}]})),
            job("c", json!({"depends_on": ["by-hand"]})),
            job("d", json!({"depends_on": ["a"]})),
            job("e", json!({"depends_on": ["d"]})),
        ]))
        .await;
    app.verb(&app.job_path(&pipeline, "by-hand").await, "skip").await;
    app.fail_for_good("a").await;
    let before = "failed: a failed, by-hand skipped, c skipped, d skipped, e skipped";
    assert_eq!(app.states(&pipeline).await, before);
    retry(&app, &pipeline, "a", json!({})).await.expect(200);
    assert_eq!(app.job_states(&pipeline).await, "a queued, by-hand skipped, c skipped, d pending, e pending");
    app.finish().await;
}
