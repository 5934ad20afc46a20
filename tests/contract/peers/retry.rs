//! Trying again, by the policy and by hand.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

#[tokio::test(flavor = "multi_thread")]
async fn fail_and_retry_are_one_step_beside_a_sibling_that_ends() {
    let app = TestApp::start_servers(2).await;
    let error = json!({"error": {"category": "unknown", "message": "it broke"}});
    for round in 0..25 {
        let retry = json!({"initial_delay_seconds": 0});
        let jobs = json!([
            {"key": "a", "type": "a", "tasks": [{}, {}], "retry": retry},
            {"key": "sibling", "type": "a"},
        ]);
        let pipeline = app.submit_with(json!({"name": "test", "fail_fast": true, "jobs": jobs})).await;
        let leased = app.lease_many("a", 3).await;
        let (failed, beside, sibling) = tokio::join!(
            app.report_to(round % 2, &leased[0], "fail", error.clone()),
            app.report_to(0, &leased[1], "complete", json!({})),
            app.report_to(1, &leased[2], "complete", json!({})),
        );
        assert_eq!(failed.expect(200)["state"], "queued");
        beside.expect(200);
        sibling.expect(200);
        assert_eq!(app.states(&pipeline).await, "running: a running, sibling succeeded", "round {round}");
        assert_eq!(app.succeed("a").await["attempt"], 2);
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, sibling succeeded");
        let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
        assert!(!events.iter().any(|event| event["to"] == "failed"), "{events:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn retry_brings_back_skipped_descendants_and_keeps_history() {
    let app = TestApp::start().await;
    let jobs = json!([
        job("ok", json!({})),
        job("a", json!({})),
        job("b", json!({"depends_on": ["a"]})),
        job("c", json!({"depends_on": ["b", "ok"]})),
    ]);
    let pipeline = app.submit(jobs).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    let events = format!("?pipeline_id={}", id(&pipeline));
    app.succeed("ok").await;
    let failed = app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped, c skipped, ok succeeded");
    let recorded = app.walk_events(&events).await;
    let again = app.verb(&path, "retry").await;
    assert!(again["ended_at"].is_null() && again["id"] == pipeline["id"], "{again}");
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending, c pending, ok succeeded");
    assert_eq!(app.job(&pipeline, "b").await["reason"], Value::Null);
    for kind in ["a", "b", "c"] {
        app.succeed(kind).await;
    }
    app.expect_nothing_to_lease("ok").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded, c succeeded, ok succeeded");
    let attempts = app.walk(&format!("/v1/tasks/{}/attempts", id(&failed))).await;
    let outcomes: Vec<_> = attempts.iter().map(|attempt| (&attempt["number"], &attempt["outcome"])).collect();
    assert_eq!(outcomes, [(&json!(1), &json!("failed")), (&json!(2), &json!("succeeded"))]);
    assert_eq!(app.walk_events(&events).await[..recorded.len()], recorded);
    app.finish().await;
}
