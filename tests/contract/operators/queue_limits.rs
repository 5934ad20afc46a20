//! `max_running`: never more than this many running at once, over all replicas.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use windlass_tests::{LONG, TestApp, eventually, job};

async fn limit(app: &TestApp, max_running: Value) {
    app.patch("/v1/queues/a", json!({"max_running": max_running})).await.expect(200);
}

#[tokio::test]
async fn a_limit_holds_back_what_is_more_and_lets_go_as_tasks_end() {
    let app = TestApp::start().await;
    limit(&app, json!(2)).await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 6], "max_failed_tasks": 6}))])).await;
    let leased = app.lease_many("a", 100).await;
    assert_eq!(leased.len(), 2);
    app.expect_nothing_to_lease("a").await;
    app.complete(&leased[0]).await;
    let third = app.lease_many("a", 100).await;
    assert_eq!(third.len(), 1);
    app.fail_with(&leased[1], json!({"retry": "never"})).await;
    app.report(&third[0], "release", json!({})).await.expect(200);
    assert_eq!(app.lease_many("a", 100).await.len(), 2);
    app.expect_nothing_to_lease("a").await;
    app.finish().await;
}

#[tokio::test]
async fn a_limit_of_0_hands_out_nothing_and_null_is_no_limit() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 6]}))])).await;
    limit(&app, json!(0)).await;
    app.expect_nothing_to_lease("a").await;
    limit(&app, Value::Null).await;
    assert_eq!(app.lease_many("a", 100).await.len(), 6);
    app.finish().await;
}

#[tokio::test]
async fn a_limit_below_what_runs_ends_no_lease_and_a_greater_one_counts_at_once() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 6]}))])).await;
    let leased = app.lease_many("a", 3).await;
    limit(&app, json!(2)).await;
    app.expect_nothing_to_lease("a").await;
    app.complete(&leased[0]).await;
    app.expect_nothing_to_lease("a").await;
    app.complete(&leased[1]).await;
    assert_eq!(app.lease_many("a", 100).await.len(), 1);
    limit(&app, json!(4)).await;
    assert_eq!(app.lease_many("a", 100).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_limited_type_does_not_hold_back_another_asked_with_it() {
    let app = TestApp::start().await;
    limit(&app, json!(1)).await;
    let jobs = json!([job("a", json!({"tasks": [{}, {}, {}]})), job("b", json!({"tasks": [{}, {}, {}]}))]);
    app.submit_with(json!({"name": "test", "jobs": jobs})).await;
    let leased = app.dequeue(json!({"types": ["a", "b"], "max_tasks": 100})).await;
    let types: Vec<_> = leased.iter().map(|task| task["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["a", "b", "b", "b"]);
    app.finish().await;
}

#[tokio::test]
async fn what_ends_without_a_report_frees_capacity_too() {
    let app = TestApp::start().await;
    limit(&app, json!(1)).await;
    let first = app.submit(json!([job("a", json!({"retry": {"max_attempts": 1}}))])).await;
    app.submit(json!([job("a", json!({}))])).await;
    app.submit(json!([job("a", json!({}))])).await;
    app.lease("a").await;
    app.advance(61).await;
    eventually("the lease is ended", || async {
        (app.pipeline(&first).await["state"] == "failed").then_some(())
    })
    .await;
    let second = app.lease("a").await;
    app.expect_nothing_to_lease("a").await;
    app.verb(&format!("/v1/pipelines/{}", second["pipeline_id"].as_str().unwrap()), "cancel").await;
    app.lease("a").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_never_passed_by_many_workers_on_two_servers() {
    let app = TestApp::start_servers(2).await;
    limit(&app, json!(3)).await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 150]}))])).await;
    let (running, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = |worker: usize| {
        let (app, running, done) = (&app, &running, &done);
        async move {
            while done.load(Ordering::SeqCst) < 150 {
                let asked = json!({"types": ["a"], "worker_id": "w", "max_tasks": 1 + worker % 3});
                let leased = app.post_to(worker % 2, "/v1/tasks/dequeue", asked).await.expect(200);
                for task in leased["tasks"].as_array().unwrap() {
                    assert!(running.fetch_add(1, Ordering::SeqCst) < 3, "more than three run at once");
                    app.report_to(worker % 2, task, "heartbeat", json!({})).await.expect(200);
                    // Counted down before the report, so that the count is never above what the server knows.
                    running.fetch_sub(1, Ordering::SeqCst);
                    app.report_to((worker + 1) % 2, task, "complete", json!({})).await.expect(200);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
    };
    futures_util::future::join_all((0..10).map(work)).await;
    assert_eq!(done.load(Ordering::SeqCst), 150);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_dequeues_fill_a_limit_exactly() {
    let app = TestApp::start_servers(2).await;
    limit(&app, json!(7)).await;
    for _ in 0..8 {
        app.submit(json!([job("a", json!({"tasks": vec![json!({}); 20]}))])).await;
        let asked = json!({"types": ["a"], "worker_id": "w", "max_tasks": 2});
        let calls = (0..12).map(|number| app.post_to(number % 2, "/v1/tasks/dequeue", asked.clone()));
        let mut leased = Vec::new();
        for answer in futures_util::future::join_all(calls).await {
            leased.extend(answer.expect(200)["tasks"].as_array().unwrap().clone());
        }
        assert_eq!(leased.len(), 7);
        for task in &leased {
            app.report(task, "release", json!({})).await.expect(200);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_waiting_dequeue_gets_its_task_when_a_limit_frees_capacity() {
    let app = TestApp::start_servers(2).await;
    limit(&app, json!(1)).await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    let first = app.lease("a").await;
    let begun = std::time::Instant::now();
    let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 60});
    let end = async {
        app.get("/v1/tasks").await.expect(200);
        app.complete(&first).await;
    };
    let (second, ()) = tokio::join!(app.post_to(1, "/v1/tasks/dequeue", asked.clone()), end);
    assert_eq!(second.expect(200)["tasks"].as_array().unwrap().len(), 1);
    let raise = async {
        app.get("/v1/tasks").await.expect(200);
        limit(&app, json!(2)).await;
    };
    let (third, ()) = tokio::join!(app.post_to(1, "/v1/tasks/dequeue", asked), raise);
    assert_eq!(third.expect(200)["tasks"].as_array().unwrap().len(), 1);
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    app.finish().await;
}
