//! `add_tasks`: "this is done, and that is what it led to" cannot come apart.

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

/// A pipeline of `scan`, an unsealed `hash` that takes further members, and a `report` over it; `scan` is leased.
async fn scanning(app: &TestApp, hash: Value) -> (Value, Value) {
    let mut hash = hash;
    hash["sealed"] = json!(false);
    let pipeline = app
        .submit(json!([
            job("scan", json!({})),
            job("hash", hash),
            job("report", json!({"depends_on": ["hash"]}))
        ]))
        .await;
    let scan = app.lease("scan").await;
    (pipeline, scan)
}

#[tokio::test]
async fn a_completion_adds_tasks_and_seals_in_the_same_transaction() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({"payload": "shared"})).await;
    let tasks = json!([{"payload": 1}, {"payload": 2, "metadata": {"m": 1}}]);
    app.report(
        &scan,
        "complete",
        json!({"result": 2, "add_tasks": [{"job": "hash", "tasks": tasks, "seal": true}]}),
    )
    .await
    .expect(200);
    assert_eq!(app.job(&pipeline, "hash").await["sealed"], true);
    let leased = app.lease_many("hash", 5).await;
    let payloads: Vec<_> = leased.iter().map(|task| (&task["payload"], &task["job_payload"])).collect();
    let shared = json!("shared");
    assert_eq!(payloads, [(&json!(1), &shared), (&json!(2), &shared)]);
    for task in &leased {
        app.complete(task).await;
    }
    app.succeed("report").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: hash succeeded, report succeeded, scan succeeded");
    app.finish().await;
}

#[tokio::test]
async fn without_seal_the_job_stays_unsealed() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({})).await;
    app.report(&scan, "complete", json!({"add_tasks": [{"job": "hash", "tasks": [{}]}]})).await.expect(200);
    app.succeed("hash").await;
    assert_eq!(app.states(&pipeline).await, "running: hash running, report pending, scan succeeded");
    assert_eq!(app.job(&pipeline, "hash").await["sealed"], false);
    app.finish().await;
}

#[tokio::test]
async fn no_tasks_and_a_seal_end_an_open_job() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({})).await;
    app.report(&scan, "complete", json!({"add_tasks": [{"job": "hash", "tasks": [], "seal": true}]}))
        .await
        .expect(200);
    assert_eq!(app.states(&pipeline).await, "running: hash succeeded, report queued, scan succeeded");
    app.finish().await;
}

#[tokio::test]
async fn tasks_added_to_a_job_that_this_completion_opens_are_free_at_once() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({"depends_on": ["scan"]})).await;
    app.report(&scan, "complete", json!({"add_tasks": [{"job": "hash", "tasks": [{}, {}], "seal": true}]}))
        .await
        .expect(200);
    assert_eq!(app.states(&pipeline).await, "running: hash queued, report pending, scan succeeded");
    assert_eq!(app.lease_many("hash", 5).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_task_adds_to_its_own_job_which_goes_on() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{}]}))])).await;
    let task = app.lease("a").await;
    app.report(&task, "complete", json!({"add_tasks": [{"job": "a", "tasks": [{}, {}], "seal": true}]}))
        .await
        .expect(200);
    assert_eq!(app.states(&pipeline).await, "running: a running");
    app.succeed("a").await;
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn the_last_task_of_a_job_seals_its_own_job() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false, "tasks": [{}]}))])).await;
    let task = app.lease("a").await;
    app.report(&task, "complete", json!({"add_tasks": [{"job": "a", "tasks": [], "seal": true}]}))
        .await
        .expect(200);
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn tasks_are_added_to_several_jobs_at_once() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({})),
            job("b", json!({"sealed": false})),
            job("c", json!({"sealed": false}))
        ]))
        .await;
    let task = app.lease("a").await;
    let add = json!([{"job": "b", "tasks": [{}], "seal": true}, {"job": "c", "tasks": [{}, {}]}]);
    app.report(&task, "complete", json!({"add_tasks": add})).await.expect(200);
    assert_eq!(app.lease_many("b", 5).await.len(), 1);
    assert_eq!(app.lease_many("c", 5).await.len(), 2);
    assert_eq!(app.job(&pipeline, "c").await["sealed"], false);
    app.finish().await;
}

#[tokio::test]
async fn an_unknown_key_refuses_the_whole_completion() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({})).await;
    let add = json!([{"job": "hash", "tasks": [{}]}, {"job": "nowhere", "tasks": [{}]}]);
    let refusal = app.report(&scan, "complete", json!({"result": 1, "add_tasks": add})).await;
    assert_eq!(refusal.invalid(), ["/add_tasks/1/job"]);
    assert_eq!(app.task(&scan).await["state"], "running");
    assert_eq!(app.job(&pipeline, "hash").await["counts"]["total"], 0);
    app.complete(&scan).await;
    app.finish().await;
}

#[tokio::test]
async fn the_key_of_another_pipeline_is_unknown() {
    let app = TestApp::start().await;
    app.submit(json!([job("other", json!({"sealed": false}))])).await;
    let (_, scan) = scanning(&app, json!({})).await;
    let add = json!([{"job": "other", "tasks": [{}]}]);
    assert_eq!(
        app.report(&scan, "complete", json!({"add_tasks": add})).await.invalid(),
        ["/add_tasks/0/job"]
    );
    app.expect_nothing_to_lease("other").await;
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_is_sealed_or_has_succeeded_refuses_the_whole_completion() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("scan", json!({"tasks": [{}, {}]})),
            job("hash", json!({"tasks": [{}]})),
            job("more", json!({"sealed": false})),
        ]))
        .await;
    let scans = app.lease_many("scan", 2).await;
    let to = |key: &str| json!({"add_tasks": [{"job": "more", "tasks": [{}]}, {"job": key, "tasks": [{}]}]});
    app.report(&scans[0], "complete", to("scan")).await.problem(409, "job_sealed");
    app.succeed("hash").await;
    app.report(&scans[0], "complete", to("hash")).await.problem(409, "job_sealed");
    assert_eq!(app.task(&scans[0]).await["state"], "running");
    assert_eq!(app.job(&pipeline, "more").await["counts"]["total"], 0);
    app.complete(&scans[0]).await;
    app.finish().await;
}

#[tokio::test]
async fn added_tasks_are_validated_like_new_ones() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({})).await;
    let add = json!([{"job": "hash", "tasks": [{"payload": 1}, {"paylod": 1}, {"run_at": 1}], "sael": true}, {"tasks": 7}, 7]);
    assert_eq!(
        app.report(&scan, "complete", json!({"add_tasks": add})).await.invalid(),
        [
            "/add_tasks/0/sael",
            "/add_tasks/0/tasks/1/paylod",
            "/add_tasks/0/tasks/2/run_at",
            "/add_tasks/1/job",
            "/add_tasks/1/tasks",
            "/add_tasks/2"
        ]
    );
    assert_eq!(app.job(&pipeline, "hash").await["counts"]["total"], 0);
    app.complete(&scan).await;
    app.finish().await;
}

#[tokio::test]
async fn a_completion_that_is_refused_as_late_adds_nothing() {
    let app = TestApp::start().await;
    let (pipeline, scan) = scanning(&app, json!({})).await;
    app.report(&scan, "release", json!({})).await.expect(200);
    let add = json!({"add_tasks": [{"job": "hash", "tasks": [{}], "seal": true}]});
    app.report(&scan, "complete", add).await.problem(409, "lease_lost");
    let hash = app.job(&pipeline, "hash").await;
    assert_eq!((&hash["counts"]["total"], &hash["sealed"]), (&json!(0), &json!(false)));
    app.finish().await;
}

#[tokio::test]
async fn parallel_completions_each_add_their_tasks_once() {
    let app = TestApp::start_servers(2).await;
    let pipeline = app
        .submit(json!([job("a", json!({"tasks": vec![json!({}); 60]})), job("b", json!({"sealed": false}))]))
        .await;
    let leased = app.lease_many("a", 60).await;
    let add = json!({"add_tasks": [{"job": "b", "tasks": [{}, {}]}]});
    let calls = leased
        .iter()
        .enumerate()
        .map(|(number, task)| app.report_to(number % 2, task, "complete", add.clone()));
    for answer in futures_util::future::join_all(calls).await {
        answer.expect(200);
    }
    assert_eq!(app.job(&pipeline, "b").await["counts"]["queued"], 120);
    let mut drained = 0;
    while drained < 120 {
        let leased = app.lease_many("b", 100).await;
        assert!(!leased.is_empty());
        drained += leased.len();
    }
    app.expect_nothing_to_lease("b").await;
    app.finish().await;
}
