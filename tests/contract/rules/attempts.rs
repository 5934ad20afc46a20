//! Rule 7: which failed attempt is followed by another, and when.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job, seconds_between, time_of};

/// Leases the next task of type `a`, which may only be due in a moment, and fails it; returns the delay of the next attempt.
async fn fail_once(app: &TestApp, further: Value) -> f64 {
    let leased = eventually("a task is due", || async { app.lease_many("a", 1).await.pop() }).await;
    let task = app.fail_with(&leased, further).await;
    assert_eq!(task["state"], "scheduled", "{task}");
    // Every lease here lasts a minute, so this is the time since the lease began.
    seconds_between(time_of(&leased, "lease_expires_at"), time_of(&task, "run_at")) + 60.0
}

#[tokio::test]
async fn the_delay_grows_by_the_factor_up_to_its_greatest() {
    let app = TestApp::start().await;
    let policy = json!({"max_attempts": 10, "initial_delay_seconds": 100, "factor": 3, "max_delay_seconds": 2_000, "jitter": 0});
    app.submit(json!([job("a", json!({"retry": policy}))])).await;
    for expected in [100.0, 300.0, 900.0, 2_000.0, 2_000.0] {
        let delay = fail_once(&app, json!({})).await;
        assert!((expected..expected + 10.0).contains(&delay), "{delay} is not {expected}");
        app.expect_nothing_to_lease("a").await;
        app.advance(2_010).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn jitter_spreads_delays_by_its_share_both_ways() {
    let app = TestApp::start().await;
    let policy = json!({"initial_delay_seconds": 1_000, "max_delay_seconds": 1_000_000, "jitter": 0.5});
    app.submit(json!([job("a", json!({"retry": policy, "tasks": vec![json!({}); 40]}))])).await;
    let mut delays = Vec::new();
    for _ in 0..40 {
        delays.push(fail_once(&app, json!({})).await);
    }
    assert!(delays.iter().all(|delay| (500.0..1_510.0).contains(delay)), "{delays:?}");
    // That forty fair throws all fall on one side happens once in half a million million runs.
    assert!(
        delays.iter().any(|delay| *delay < 1_000.0) && delays.iter().any(|delay| *delay > 1_010.0),
        "{delays:?}"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_delay_of_0_goes_straight_to_queued() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let leased = app.lease("a").await;
    let task = app.fail(&leased).await;
    assert_eq!((&task["state"], &task["attempt"]), (&json!("queued"), &json!(1)));
    assert_eq!(app.lease("a").await["attempt"], 2);
    app.finish().await;
}

#[tokio::test]
async fn a_scheduled_retry_can_be_dequeued_when_it_is_due() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 100, "jitter": 0}}))])).await;
    fail_once(&app, json!({})).await;
    app.advance(90).await;
    app.expect_nothing_to_lease("a").await;
    app.advance(11).await;
    let leased = eventually("the retry is due", || async { app.lease_many("a", 1).await.pop() }).await;
    assert_eq!(leased["attempt"], 2);
    app.complete(&leased).await;
    app.finish().await;
}

#[tokio::test]
async fn max_attempts_is_the_total() {
    let app = TestApp::start().await;
    for max_attempts in [1, 2, 5] {
        let policy = json!({"max_attempts": max_attempts, "initial_delay_seconds": 0});
        let pipeline = app.submit(json!([job("a", json!({"retry": policy}))])).await;
        for attempt in 1..=max_attempts {
            let leased = app.lease("a").await;
            assert_eq!(
                (&leased["attempt"], &leased["max_attempts"]),
                (&json!(attempt), &json!(max_attempts))
            );
            let expected = if attempt == max_attempts { "failed" } else { "queued" };
            assert_eq!(app.fail(&leased).await["state"], expected);
        }
        app.expect_nothing_to_lease("a").await;
        assert_eq!(app.states(&pipeline).await, "failed: a failed");
    }
    app.finish().await;
}

#[tokio::test]
async fn retry_never_fails_the_task_at_its_first_attempt() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"max_attempts": 100, "initial_delay_seconds": 0}}))])).await;
    let leased = app.lease("a").await;
    let task = app.fail_with(&leased, json!({"retry": "never"})).await;
    assert_eq!((&task["state"], &task["attempt"]), (&json!("failed"), &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn retry_auto_is_what_the_policy_says() {
    let app = TestApp::start().await;
    app.submit(json!([job(
        "a",
        json!({"tasks": [{}, {}], "max_failed_tasks": 2, "retry": {"initial_delay_seconds": 0}})
    )]))
    .await;
    let leased = app.lease_many("a", 2).await;
    assert_eq!(app.fail_with(&leased[0], json!({"retry": "auto"})).await["state"], "queued");
    let error = json!({"category": "data_error", "message": "it broke"});
    assert_eq!(app.fail_with(&leased[1], json!({"retry": "auto", "error": error})).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn the_default_non_retryable_categories_fail_the_task_and_others_do_not() {
    let app = TestApp::start().await;
    for (category, expected) in [
        ("validation_error", "failed"),
        ("data_error", "failed"),
        ("configuration_error", "failed"),
        ("authentication_failed", "failed"),
        ("permission_error", "failed"),
        ("unknown", "scheduled"),
        ("network_error", "scheduled"),
        ("system_error", "scheduled"),
        ("my.own", "scheduled"),
    ] {
        app.submit(json!([job("a", json!({}))])).await;
        let leased = app.lease("a").await;
        let task =
            app.fail_with(&leased, json!({"error": {"category": category, "message": "it broke"}})).await;
        assert_eq!(task["state"], expected, "{category}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_policys_own_non_retryable_list_replaces_the_default() {
    let app = TestApp::start().await;
    let policy = json!({"initial_delay_seconds": 0, "non_retryable": ["my.own"]});
    app.submit(json!([job("a", json!({"retry": policy, "tasks": [{}, {}], "max_failed_tasks": 2}))])).await;
    let leased = app.lease_many("a", 2).await;
    let error = |category: &str| json!({"error": {"category": category, "message": "it broke"}});
    assert_eq!(app.fail_with(&leased[0], error("data_error")).await["state"], "queued");
    assert_eq!(app.fail_with(&leased[1], error("my.own")).await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn after_seconds_overrides_the_delay_and_non_retryable_but_never_max_attempts() {
    let app = TestApp::start().await;
    let policy = json!({"max_attempts": 3, "initial_delay_seconds": 10, "max_delay_seconds": 10, "jitter": 0.2, "non_retryable": ["data_error"]});
    app.submit(json!([job("a", json!({"retry": policy}))])).await;
    let after = |seconds: f64| json!({"retry": {"after_seconds": seconds}, "error": {"category": "data_error", "message": "it broke"}});
    let delay = fail_once(&app, after(5_000.5)).await;
    assert!((5_000.5..5_010.0).contains(&delay), "{delay}");
    app.advance(5_010).await;
    let leased = eventually("the retry is due", || async { app.lease_many("a", 1).await.pop() }).await;
    assert_eq!(app.fail_with(&leased, after(0.0)).await["state"], "queued");
    let leased = app.lease("a").await;
    assert_eq!(
        (&leased["attempt"], &app.fail_with(&leased, after(1.0)).await["state"]),
        (&json!(3), &json!("failed"))
    );
    app.finish().await;
}

#[tokio::test]
async fn two_hundred_attempts_of_a_steep_policy_stay_within_the_greatest_delay() {
    let app = TestApp::start().await;
    let policy = json!({"max_attempts": 1000, "initial_delay_seconds": 2_592_000, "factor": 100, "max_delay_seconds": 0, "jitter": 1});
    app.submit(json!([job("a", json!({"retry": policy}))])).await;
    for attempt in 1..=200 {
        let leased = app.lease("a").await;
        assert_eq!(leased["attempt"], attempt);
        assert_eq!(app.fail(&leased).await["state"], "queued");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_attempt_is_0_before_the_first_lease() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let task = app.tasks(&app.job(&pipeline, "a").await).await.remove(0);
    assert_eq!((&task["attempt"], &task["max_attempts"]), (&json!(0), &json!(3)));
    app.finish().await;
}
