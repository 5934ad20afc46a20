//! `POST /v1/tasks/dequeue`: what is handed out, and how.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job, seconds_between, time_of};

#[tokio::test]
async fn a_leased_task_has_the_members_of_the_contract() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit_with(json!({
            "name": "test", "correlation_id": "order 7",
            "jobs": [job("a", json!({"payload": "shared", "timeout_seconds": 90, "tasks": [{"payload": 1, "metadata": {"m": 1}}]}))],
        }))
        .await;
    let leased = app.lease("a").await;
    for (member, value) in [
        ("type", json!("a")),
        ("job_id", app.job(&pipeline, "a").await["id"].clone()),
        ("job_key", json!("a")),
        ("pipeline_id", pipeline["id"].clone()),
        ("pipeline_name", json!("test")),
        ("attempt", json!(1)),
        ("max_attempts", json!(3)),
        ("payload", json!(1)),
        ("job_payload", json!("shared")),
        ("metadata", json!({"m": 1})),
        ("correlation_id", json!("order 7")),
    ] {
        assert_eq!(leased[member], value, "{member}");
    }
    assert_eq!(leased["timeout_seconds"].as_f64(), Some(90.0));
    assert!(leased["lease_token"].is_string());
    for member in ["traceparent", "tracestate"] {
        assert!(leased.get(member).is_some(), "{member}");
    }
    time_of(&leased, "lease_expires_at");
    app.finish().await;
}

#[tokio::test]
async fn a_dequeued_task_runs_and_so_do_its_job_and_its_pipeline() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let asked = json!({"types": ["a"], "worker_id": "host-1"});
    let leased = app.dequeue(asked).await.remove(0);
    let task = app.task(&leased).await;
    assert_eq!(
        (&task["state"], &task["attempt"], &task["worker_id"]),
        (&json!("running"), &json!(1), &json!("host-1"))
    );
    assert_eq!(task["lease_expires_at"], leased["lease_expires_at"]);
    assert_eq!(app.states(&pipeline).await, "running: a running");
    let started = [time_of(&task, "started_at"), time_of(&app.pipeline(&pipeline).await, "started_at")];
    assert_eq!(started, [time_of(&app.job(&pipeline, "a").await, "started_at"); 2]);
    app.finish().await;
}

#[tokio::test]
async fn a_lease_lasts_as_long_as_the_job_says_or_the_worker_asks() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}], "lease_seconds": 77}))])).await;
    for (asked, lasts) in [(json!(null), 77.0), (json!(500), 500.0)] {
        let leased = app.dequeue(json!({"types": ["a"], "lease_seconds": asked})).await.remove(0);
        let task = app.task(&leased).await;
        let length = seconds_between(time_of(&task, "started_at"), time_of(&leased, "lease_expires_at"));
        assert!((length - lasts).abs() < 0.1, "{length}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_dequeue_leases_up_to_max_tasks_and_fewer_at_once() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 5]}))])).await;
    assert_eq!(app.dequeue(json!({"types": ["a"]})).await.len(), 1);
    assert_eq!(app.dequeue(json!({"types": ["a"], "max_tasks": 3})).await.len(), 3);
    let begun = std::time::Instant::now();
    assert_eq!(app.dequeue(json!({"types": ["a"], "max_tasks": 100, "wait_seconds": 60})).await.len(), 1);
    assert!(begun.elapsed() < windlass_tests::LONG);
    assert_eq!(app.lease_many("a", 100).await.len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn a_dequeue_leases_only_the_types_it_asks_for() {
    let app = TestApp::start().await;
    for kind in ["a", "b", "c", "A"] {
        app.post("/v1/jobs", json!({"type": kind})).await.expect(201);
    }
    let leased = app.dequeue(json!({"types": ["c", "a", "unheard-of", "a"], "max_tasks": 10})).await;
    let types: Vec<_> = leased.iter().map(|task| task["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["a", "c"]);
    app.expect_nothing_to_lease("unheard-of").await;
    app.finish().await;
}

#[tokio::test]
async fn every_lease_has_a_token_of_its_own() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 100]}))])).await;
    let leased = app.lease_many("a", 100).await;
    let distinct = |member: &str| {
        leased.iter().map(|task| task[member].to_string()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((distinct("id"), distinct("lease_token")), (100, 100));
    app.finish().await;
}

#[tokio::test]
async fn a_refused_dequeue_leases_nothing() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    for asked in [
        json!({"types": ["a"]}),
        json!({"types": "a", "worker_id": "w"}),
        json!({"types": ["a", 1], "worker_id": "w"}),
        json!({"types": ["a"], "worker_id": "w", "wait": 1}),
        json!({"types": ["a"], "worker_id": "w", "max_tasks": 1.5}),
        json!({"types": ["a"], "worker_id": null}),
    ] {
        app.post("/v1/tasks/dequeue", asked).await.problem(422, "validation_failed");
    }
    assert_eq!(app.states(&pipeline).await, "pending: a queued");
    app.finish().await;
}

#[tokio::test]
async fn defaults_may_be_sent_as_the_contract_shows_them() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let asked = json!({"types": ["a"], "worker_id": "host-1", "max_tasks": 1, "wait_seconds": 0, "lease_seconds": null});
    assert_eq!(app.post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"].as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_task_that_failed_is_handed_out_again_with_the_next_attempt() {
    let app = TestApp::start().await;
    let retry = json!({"max_attempts": 3, "initial_delay_seconds": 0});
    app.submit(json!([job("a", json!({"retry": retry}))])).await;
    let mut tokens = std::collections::BTreeSet::new();
    let mut ids = std::collections::BTreeSet::new();
    for attempt in 1..=3 {
        let leased = app.lease("a").await;
        assert_eq!(leased["attempt"], attempt);
        tokens.insert(leased["lease_token"].to_string());
        ids.insert(id(&leased).to_owned());
        app.fail(&leased).await;
    }
    assert_eq!((tokens.len(), ids.len()), (3, 1));
    assert_eq!(app.lease_many("a", 1).await, Vec::<Value>::new());
    app.finish().await;
}
