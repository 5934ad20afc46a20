//! Rule 5: the order of dequeue.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

async fn standalone(app: &TestApp, payload: &str, kind: &str, priority: &str) {
    app.post("/v1/jobs", json!({"type": kind, "payload": payload, "priority": priority})).await.expect(201);
}

fn payloads(leased: &[Value]) -> Vec<&str> {
    leased.iter().map(|task| task["payload"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_higher_priority_comes_first_across_types() {
    let app = TestApp::start().await;
    for priority in ["low", "very_high", "medium", "very_low", "high"] {
        for kind in ["a", "b"] {
            standalone(&app, &format!("{priority} {kind}"), kind, priority).await;
        }
    }
    let leased = app.dequeue(json!({"types": ["b", "a"], "max_tasks": 100})).await;
    let expected = ["very_high", "high", "medium", "low", "very_low"]
        .map(|priority| ["a", "b"].map(|kind| format!("{priority} {kind}")));
    assert_eq!(payloads(&leased), expected.as_flattened());
    app.finish().await;
}

#[tokio::test]
async fn one_task_a_call_comes_in_the_same_order_as_many() {
    let app = TestApp::start().await;
    for (payload, kind, priority) in
        [("4", "a", "low"), ("2", "b", "medium"), ("3", "a", "medium"), ("1", "c", "high")]
    {
        standalone(&app, payload, kind, priority).await;
    }
    for expected in ["1", "2", "3", "4"] {
        let leased = app.dequeue(json!({"types": ["a", "b", "c"]})).await;
        assert_eq!(payloads(&leased), [expected]);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_job_that_opened_first_comes_first_not_the_one_created_first() {
    let app = TestApp::start().await;
    app.submit(json!([
        job("first", json!({})),
        job("a", json!({"payload": "later", "depends_on": ["first"]}))
    ]))
    .await;
    standalone(&app, "first", "a", "medium").await;
    standalone(&app, "second", "b", "medium").await;
    app.succeed("first").await;
    let leased = app.dequeue(json!({"types": ["a", "b"], "max_tasks": 3})).await;
    assert_eq!(payloads(&leased), ["first", "second", "later"]);
    app.finish().await;
}

#[tokio::test]
async fn within_a_job_the_task_added_first_comes_first() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({"sealed": false, "tasks": [{"payload": "1"}, {"payload": "2"}]}))]))
        .await;
    standalone(&app, "of a later job", "a", "medium").await;
    let path = app.job_path(&pipeline, "a").await;
    app.post(&format!("{path}/tasks"), json!({"tasks": [{"payload": "3"}, {"payload": "4"}]}))
        .await
        .expect(201);
    assert_eq!(payloads(&app.lease_many("a", 5).await), ["1", "2", "3", "4", "of a later job"]);
    app.finish().await;
}

#[tokio::test]
async fn the_order_holds_over_a_thousand_tasks() {
    let app = TestApp::start().await;
    let tasks: Vec<_> = (0..1000).map(|number| json!({"payload": number})).collect();
    app.submit(json!([job("a", json!({"tasks": tasks}))])).await;
    let mut taken = Vec::new();
    for _ in 0..10 {
        taken.extend(app.lease_many("a", 100).await.iter().map(|task| task["payload"].as_u64().unwrap()));
    }
    assert_eq!(taken, (0..1000).collect::<Vec<_>>());
    app.finish().await;
}

#[tokio::test]
async fn a_retried_or_released_task_waits_behind_its_jobs_others() {
    let app = TestApp::start().await;
    let tasks = ["1", "2", "3", "4"].map(|payload| json!({"payload": payload}));
    app.submit(json!([job("a", json!({"tasks": tasks, "retry": {"initial_delay_seconds": 0}}))])).await;
    standalone(&app, "of a later job", "a", "medium").await;
    let leased = app.lease_many("a", 2).await;
    app.fail(&leased[0]).await;
    app.report(&leased[1], "release", json!({})).await.expect(200);
    assert_eq!(payloads(&app.lease_many("a", 5).await), ["3", "4", "1", "2", "of a later job"]);
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_runs_out_is_passed_and_comes_back_first_when_it_has_tasks_again() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{"payload": "1"}]}))])).await;
    standalone(&app, "2", "a", "medium").await;
    standalone(&app, "4", "a", "medium").await;
    assert_eq!(payloads(&app.lease_many("a", 2).await), ["1", "2"]);
    let path = app.job_path(&pipeline, "a").await;
    app.post(&format!("{path}/tasks"), json!({"tasks": [{"payload": "3"}]})).await.expect(201);
    assert_eq!(payloads(&app.lease_many("a", 2).await), ["3", "4"]);
    app.finish().await;
}

#[tokio::test]
async fn an_exhausted_job_of_high_priority_hides_nothing_below() {
    let app = TestApp::start().await;
    app.submit_with(json!({"name": "test", "priority": "very_high", "jobs": [job("a", json!({"sealed": false, "tasks": [{"payload": "1"}]}))]})).await;
    app.submit_with(json!({"name": "test", "priority": "very_high", "paused": true, "jobs": [job("a", json!({"payload": "paused"}))]})).await;
    let run_at = app.time_in(1_000).await;
    app.post("/v1/jobs", json!({"type": "a", "priority": "very_high", "tasks": [{"run_at": run_at}]}))
        .await
        .expect(201);
    standalone(&app, "2", "a", "very_low").await;
    assert_eq!(payloads(&app.lease_many("a", 10).await), ["1", "2"]);
    app.finish().await;
}
