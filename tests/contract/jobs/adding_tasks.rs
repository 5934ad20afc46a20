//! `POST /v1/jobs/{id}/tasks` and `POST /v1/jobs/{id}/seal`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// A pipeline of one unsealed job `a`, and the path of the job.
async fn open_job(app: &TestApp, further: Value) -> (Value, String) {
    let mut further = further;
    further["sealed"] = json!(false);
    let pipeline = app.submit(json!([job("a", further), job("b", json!({"depends_on": ["a"]}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    (pipeline, path)
}

#[tokio::test]
async fn tasks_are_added_in_order_and_dequeued_in_order() {
    let app = TestApp::start().await;
    let (_, path) = open_job(&app, json!({"payload": "shared"})).await;
    let added = app
        .post(
            &format!("{path}/tasks"),
            json!({"tasks": [{"payload": 1, "metadata": {"m": 1}}, {"payload": 2}]}),
        )
        .await
        .expect(201);
    let more = app.post(&format!("{path}/tasks"), json!({"tasks": [{"payload": 3}]})).await.expect(201);
    let leased = app.lease_many("a", 10).await;
    let ids: Vec<_> = leased.iter().map(|task| task["id"].clone()).collect();
    assert_eq!(json!(ids), json!([added["ids"][0], added["ids"][1], more["ids"][0]]));
    let payloads: Vec<_> = leased.iter().map(|task| &task["payload"]).collect();
    assert_eq!(payloads, [&json!(1), &json!(2), &json!(3)]);
    assert_eq!((&leased[0]["metadata"], &leased[2]["job_payload"]), (&json!({"m": 1}), &json!("shared")));
    app.finish().await;
}

#[tokio::test]
async fn a_job_sealed_with_open_tasks_ends_with_the_last_of_them() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_job(&app, json!({"tasks": [{}, {}]})).await;
    app.succeed("a").await;
    assert_eq!(app.verb(&path, "seal").await["state"], "running");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.finish().await;
}

#[tokio::test]
async fn an_open_job_that_never_got_a_task_succeeds_as_it_is_sealed() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_job(&app, json!({})).await;
    assert_eq!(app.states(&pipeline).await, "pending: a queued, b pending");
    assert_eq!(app.verb(&path, "seal").await["state"], "succeeded");
    assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
    app.finish().await;
}

#[tokio::test]
async fn a_pending_job_that_was_sealed_without_tasks_succeeds_as_it_opens() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"], "sealed": false}))]))
        .await;
    let path = app.job_path(&pipeline, "b").await;
    assert_eq!(app.verb(&path, "seal").await["state"], "pending");
    app.succeed("a").await;
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn sealing_a_sealed_job_changes_nothing() {
    let app = TestApp::start().await;
    let (_, path) = open_job(&app, json!({"tasks": [{}]})).await;
    let once = app.verb(&path, "seal").await;
    assert_eq!(app.verb(&path, "seal").await, once);
    app.succeed("a").await;
    let ended = app.get(&path).await.expect(200);
    assert_eq!(app.verb(&path, "seal").await, ended);
    app.finish().await;
}

#[tokio::test]
async fn tasks_of_a_pending_job_are_pending_until_it_opens() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"], "sealed": false}))]))
        .await;
    let path = app.job_path(&pipeline, "b").await;
    let run_at = app.time_in(1_000).await;
    app.post(&format!("{path}/tasks"), json!({"tasks": [{}, {"run_at": run_at}]})).await.expect(201);
    let job = app.job(&pipeline, "b").await;
    let states = |tasks: &[Value]| {
        tasks.iter().map(|task| task["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&app.tasks(&job).await), ["pending", "pending"]);
    assert_eq!(job["counts"]["pending"], 2);
    app.expect_nothing_to_lease("b").await;
    app.succeed("a").await;
    assert_eq!(states(&app.tasks(&job).await), ["queued", "scheduled"]);
    let counts = app.job(&pipeline, "b").await["counts"].clone();
    assert_eq!(
        (&counts["pending"], &counts["queued"], &counts["scheduled"], &counts["total"]),
        (&json!(0), &json!(1), &json!(1), &json!(2))
    );
    app.lease("b").await;
    app.expect_nothing_to_lease("b").await;
    app.finish().await;
}

#[tokio::test]
async fn a_sealed_job_takes_no_tasks() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_job(&app, json!({"tasks": [{}]})).await;
    app.verb(&path, "seal").await;
    app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    app.succeed("a").await;
    app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    assert_eq!(app.job(&pipeline, "a").await["counts"]["total"], 1);
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_failed_unsealed_takes_no_tasks() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_job(&app, json!({"tasks": [{}]})).await;
    app.fail_for_good("a").await;
    assert_eq!(app.states(&pipeline).await, "failed: a failed, b skipped");
    app.post(&format!("{path}/tasks"), json!({"tasks": [{}]})).await.problem(409, "job_sealed");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_call_adds_no_task_at_all() {
    let app = TestApp::start().await;
    let (pipeline, path) = open_job(&app, json!({})).await;
    let tasks = json!({"tasks": [{"payload": 1}, {"run_at": "tomorrow"}, 7, {"metadata": []}]});
    assert_eq!(
        app.post(&format!("{path}/tasks"), tasks).await.invalid(),
        ["/tasks/1/run_at", "/tasks/2", "/tasks/3/metadata"]
    );
    assert_eq!(app.post(&format!("{path}/tasks"), json!({})).await.invalid(), ["/tasks"]);
    assert_eq!(app.job(&pipeline, "a").await["counts"]["total"], 0);
    app.finish().await;
}

#[tokio::test]
async fn sealing_in_parallel_with_adding_neither_loses_a_task_nor_adds_one_to_a_sealed_job() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..10 {
        let (pipeline, path) = open_job(&app, json!({})).await;
        let tasks = format!("{path}/tasks");
        let adding = (0..8).map(|number| app.post_to(number % 2, &tasks, json!({"tasks": [{}]})));
        let (answers, sealed) = tokio::join!(futures_util::future::join_all(adding), app.verb(&path, "seal"));
        assert_eq!(sealed["sealed"], true);
        let added = answers.iter().filter(|answer| answer.status == 201).count();
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            answer.problem(409, "job_sealed");
        }
        assert_eq!(app.job(&pipeline, "a").await["counts"]["total"], added);
        for task in app.lease_many("a", 100).await {
            app.complete(&task).await;
        }
        assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued");
        assert_eq!(id(&app.succeed("b").await).len(), 36);
    }
    app.finish().await;
}
