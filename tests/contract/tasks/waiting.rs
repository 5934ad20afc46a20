//! A dequeue that waits: what wakes it, and what does not delay it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use windlass_tests::{LONG, TestApp, job};

/// A dequeue that would wait for a minute.
fn patient(kind: &str) -> Value {
    json!({"types": [kind], "worker_id": "patient", "wait_seconds": 60})
}

/// Dequeues of type `a`, waiting on a server each, while something is done that must wake them; as many tasks as there are servers.
async fn woken_by(app: &TestApp, servers: &[usize], wake: impl Future<Output = ()>) {
    let begun = Instant::now();
    let waiting = servers.iter().map(|server| app.post_to(*server, "/v1/tasks/dequeue", patient("a")));
    let wake = async {
        // A round trip after the dequeues were sent, so that they are most likely waiting by now; whether they are decides nothing.
        app.get("/v1/tasks").await.expect(200);
        wake.await;
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(waiting), wake);
    for answer in answers {
        assert_eq!(answer.expect(200)["tasks"].as_array().unwrap().len(), 1);
    }
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_new_job_of_two_tasks_wakes_dequeues_on_both_servers() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..5 {
        let create = async {
            app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
        };
        woken_by(&app, &[0, 1], create).await;
    }
    app.finish().await;
}

/// As behind a pooler that hands out connections by transaction: only the slow poll finds what another server made ready.
#[tokio::test]
async fn servers_that_cannot_announce_to_each_other_wake_dequeues_all_the_same() {
    let app = TestApp::start_servers_in_silence(2).await;
    let create = async {
        app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    };
    woken_by(&app, &[0, 1], create).await;
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_opens_wakes_a_waiting_dequeue() {
    let app = TestApp::start().await;
    app.submit(json!([job("first", json!({})), job("a", json!({"depends_on": ["first"]}))])).await;
    let open = async {
        app.succeed("first").await;
    };
    woken_by(&app, &[0], open).await;
    app.finish().await;
}

#[tokio::test]
async fn added_tasks_wake_a_waiting_dequeue() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false})), job("b", json!({}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    let add = async {
        app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.expect(201);
    };
    woken_by(&app, &[0], add).await;
    let add = async {
        let leased = app.lease("b").await;
        app.report(&leased, "complete", json!({"add_tasks": [{"job": "a", "tasks": [{}]}]}))
            .await
            .expect(200);
    };
    woken_by(&app, &[0], add).await;
    app.finish().await;
}

#[tokio::test]
async fn a_released_and_a_retried_task_wake_a_waiting_dequeue() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let leased = app.lease("a").await;
    let release = async {
        app.report(&leased, "release", json!({})).await.expect(200);
    };
    woken_by(&app, &[0], release).await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let leased = app.lease("a").await;
    let fail = async {
        app.fail(&leased).await;
    };
    woken_by(&app, &[0], fail).await;
    app.finish().await;
}

#[tokio::test]
async fn a_task_that_is_due_wakes_a_waiting_dequeue() {
    let app = TestApp::start_servers(2).await;
    let run_at = app.time_in(1_000).await;
    app.submit(json!([job("a", json!({"tasks": [{"run_at": run_at}, {"run_at": run_at}]}))])).await;
    woken_by(&app, &[0, 1], app.advance(1_000)).await;
    app.finish().await;
}

#[tokio::test]
async fn an_expired_lease_wakes_a_waiting_dequeue() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    app.lease("a").await;
    woken_by(&app, &[0], app.advance(61)).await;
    app.finish().await;
}

#[tokio::test]
async fn one_new_task_goes_to_one_of_many_waiting_dequeues() {
    let app = TestApp::start_servers(2).await;
    let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 2});
    let waiting = (0..20).map(|number| app.post_to(number % 2, "/v1/tasks/dequeue", asked.clone()));
    let create = app.post("/v1/jobs", json!({"type": "a"}));
    let (answers, created) = tokio::join!(futures_util::future::join_all(waiting), create);
    created.expect(201);
    let leased: usize =
        answers.iter().map(|answer| answer.expect(200)["tasks"].as_array().unwrap().len()).sum();
    assert_eq!(leased, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_wait_ends_empty_when_nothing_came() {
    let app = TestApp::start().await;
    let begun = Instant::now();
    let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 0.5});
    assert_eq!(app.dequeue(asked).await, Vec::<Value>::new());
    assert!(begun.elapsed() >= Duration::from_millis(450), "{:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test]
async fn a_task_of_another_type_wakes_nobody() {
    let app = TestApp::start().await;
    let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 1});
    let (leased, created) = tokio::join!(app.dequeue(asked), app.post("/v1/jobs", json!({"type": "b"})));
    assert_eq!(leased, Vec::<Value>::new());
    created.expect(201);
    assert_eq!(app.lease_many("b", 1).await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_worker_that_hung_up_takes_no_task_with_it() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let gone = tokio::time::timeout(Duration::from_millis(50), app.dequeue(patient("a"))).await;
        assert!(gone.is_err());
        app.post("/v1/jobs", json!({"type": "a"})).await.expect(201);
        let leased = tokio::time::timeout(LONG, app.dequeue(patient("a"))).await.expect("the task is free");
        assert_eq!((leased.len(), &leased[0]["attempt"]), (1, &json!(1)));
        app.complete(&leased[0]).await;
    }
    app.finish().await;
}
