//! Checkpoints: what an attempt leaves for the next one.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

async fn leased() -> (TestApp, Value, Value) {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"retry": {"initial_delay_seconds": 0}}))])).await;
    let task = app.lease("a").await;
    (app, pipeline, task)
}

async fn checkpoint(app: &TestApp, task: &Value) -> Value {
    app.task(task).await["checkpoint"].clone()
}

#[tokio::test]
async fn a_checkpoint_is_null_at_first_and_the_newest_accepted_one_is_shown() {
    let (app, _, task) = leased().await;
    assert_eq!(task["checkpoint"], Value::Null);
    assert_eq!(checkpoint(&app, &task).await, Value::Null);
    app.report(&task, "progress", json!({"current": 1, "checkpoint": {"row": 1}})).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, json!({"row": 1}));
    app.report(&task, "heartbeat", json!({"checkpoint": [2]})).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, json!([2]));
    app.finish().await;
}

#[tokio::test]
async fn a_checkpoint_that_is_left_out_stays_and_null_takes_it_away() {
    let (app, _, task) = leased().await;
    app.report(&task, "heartbeat", json!({"checkpoint": "kept"})).await.expect(200);
    app.report(&task, "heartbeat", json!({})).await.expect(200);
    app.report(&task, "progress", json!({"current": 1})).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, "kept");
    app.report(&task, "progress", json!({"current": 1, "checkpoint": null})).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, Value::Null);
    app.report(&task, "heartbeat", json!({"checkpoint": null})).await.expect(200);
    app.fail(&task).await;
    assert_eq!(app.lease("a").await["checkpoint"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn fail_and_release_take_one_and_answer_with_it() {
    let (app, _, task) = leased().await;
    let failed = app.fail_with(&task, json!({"checkpoint": {"n": 1}})).await;
    assert_eq!(failed["checkpoint"], json!({"n": 1}));
    let again = app.lease("a").await;
    assert_eq!(again["checkpoint"], json!({"n": 1}));
    let released = app.report(&again, "release", json!({})).await.expect(200);
    assert_eq!(released["checkpoint"], json!({"n": 1}));
    let third = app.lease("a").await;
    let released = app.report(&third, "release", json!({"checkpoint": {"n": 3}})).await.expect(200);
    assert_eq!(released["checkpoint"], json!({"n": 3}));
    let fourth = app.lease("a").await;
    assert_eq!(fourth["checkpoint"], json!({"n": 3}));
    let released = app.report(&fourth, "release", json!({"checkpoint": null})).await.expect(200);
    assert_eq!(released["checkpoint"], Value::Null);
    assert_eq!(app.lease("a").await["checkpoint"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn a_checkpoint_of_an_attempt_that_gave_its_number_back_is_in_the_next_lease() {
    let (app, pipeline, task) = leased().await;
    app.report(&task, "release", json!({"checkpoint": 1})).await.expect(200);
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "cancel").await;
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "retry").await;
    let again = app.lease("a").await;
    assert_eq!((&again["attempt"], &again["checkpoint"]), (&json!(1), &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn it_outlives_leases_that_expire() {
    let (app, _, task) = leased().await;
    app.report(&task, "heartbeat", json!({"checkpoint": 7})).await.expect(200);
    app.advance(61).await;
    windlass_tests::eventually("the sweeper ends the lease", async || {
        (app.task(&task).await["state"] != "running").then_some(())
    })
    .await;
    assert_eq!(checkpoint(&app, &task).await, 7);
    assert_eq!(app.lease("a").await["checkpoint"], 7);
    app.finish().await;
}

#[tokio::test]
async fn it_outlives_retries_by_hand_of_a_task_that_did_not_succeed() {
    let (app, pipeline, task) = leased().await;
    app.fail_with(&task, json!({"retry": "never", "checkpoint": "half"})).await;
    assert_eq!(checkpoint(&app, &task).await, "half");
    app.verb(&format!("/v1/tasks/{}", id(&task)), "retry").await;
    assert_eq!(checkpoint(&app, &task).await, "half");
    let again = app.lease("a").await;
    assert_eq!(again["checkpoint"], "half");
    app.fail_with(&again, json!({"retry": "never"})).await;
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "retry").await;
    let again = app.lease("a").await;
    assert_eq!(again["checkpoint"], "half");
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "cancel").await;
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    assert_eq!(app.lease("a").await["checkpoint"], "half");
    app.finish().await;
}

#[tokio::test]
async fn a_success_drops_it() {
    let (app, pipeline, task) = leased().await;
    app.report(&task, "heartbeat", json!({"checkpoint": 1})).await.expect(200);
    let done = app.complete(&task).await;
    assert_eq!(done["checkpoint"], Value::Null);
    assert_eq!(checkpoint(&app, &task).await, Value::Null);
    app.post(&format!("/v1/pipelines/{}/retry", id(&pipeline)), json!({"scope": "all"})).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, Value::Null);
    assert_eq!(app.lease("a").await["checkpoint"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn a_retry_with_scope_all_drops_it() {
    for of_job in [false, true] {
        let (app, pipeline, task) = leased().await;
        app.fail_with(&task, json!({"retry": "never", "checkpoint": 1})).await;
        let path = if of_job {
            app.job_path(&pipeline, "a").await
        } else {
            format!("/v1/pipelines/{}", id(&pipeline))
        };
        app.post(&format!("{path}/retry"), json!({"scope": "all"})).await.expect(200);
        assert_eq!(checkpoint(&app, &task).await, Value::Null);
        let again = app.lease("a").await;
        assert_eq!(again["checkpoint"], Value::Null);
        // What comes then is of the new run.
        let failed = app.fail_with(&again, json!({"checkpoint": 1})).await;
        assert_eq!(failed["checkpoint"], 1);
        assert_eq!(app.lease("a").await["checkpoint"], 1);
        app.finish().await;
    }
}

#[tokio::test]
async fn what_runs_again_below_a_retried_job_begins_without() {
    let app = TestApp::start().await;
    let jobs = json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))]);
    let pipeline = app.submit(jobs).await;
    app.succeed("a").await;
    let below = app.lease("b").await;
    app.report(&below, "heartbeat", json!({"checkpoint": "old"})).await.expect(200);
    let path = app.job_path(&pipeline, "a").await;
    app.post(&format!("{path}/retry"), json!({"scope": "all", "descendants": true})).await.expect(200);
    assert_eq!(checkpoint(&app, &below).await, Value::Null);
    app.succeed("a").await;
    assert_eq!(app.lease("b").await["checkpoint"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn of_two_in_one_batch_the_later_one_wins() {
    let (app, _, task) = leased().await;
    let beat = |checkpoint: Value| json!({"id": id(&task), "lease_token": task["lease_token"], "checkpoint": checkpoint});
    let silent = json!({"id": id(&task), "lease_token": task["lease_token"]});
    let batch = json!({"tasks": [beat(json!(1)), beat(json!(2)), silent]});
    let answer = app.post("/v1/tasks/heartbeat", batch).await.expect(200);
    assert!(
        answer["results"].as_array().unwrap().iter().all(|result| result.get("problem").is_none()),
        "{answer}"
    );
    assert_eq!(checkpoint(&app, &task).await, 2);
    let batch = json!({"tasks": [beat(json!(3)), beat(Value::Null)]});
    app.post("/v1/tasks/heartbeat", batch).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn one_with_a_dead_token_changes_nothing() {
    let (app, _, task) = leased().await;
    app.fail_with(&task, json!({"checkpoint": "mine"})).await;
    let next = app.lease("a").await;
    for (verb, body) in [
        ("heartbeat", json!({"checkpoint": "late"})),
        ("progress", json!({"current": 1, "checkpoint": "late"})),
        ("release", json!({"checkpoint": "late"})),
    ] {
        app.report(&task, verb, body).await.problem(409, "lease_lost");
    }
    let wrong = json!({"tasks": [
        {"id": id(&task), "lease_token": task["lease_token"], "checkpoint": "late"},
        {"id": id(&next), "lease_token": next["lease_token"], "checkpoint": "next"},
    ]});
    app.post("/v1/tasks/heartbeat", wrong).await.expect(200);
    assert_eq!(checkpoint(&app, &task).await, "next");
    // A repeat of an accepted report counts once, whatever it says.
    app.fail_with(&task, json!({"checkpoint": "again"})).await;
    assert_eq!(checkpoint(&app, &task).await, "next");
    app.finish().await;
}

#[tokio::test]
async fn fails_in_a_batch_take_one_each() {
    let app = TestApp::start().await;
    let retry = json!({"initial_delay_seconds": 0});
    app.submit(json!([job("a", json!({"retry": retry, "tasks": [{}, {}, {}]}))])).await;
    let tasks = app.lease_many("a", 3).await;
    let fail = |task: &Value, further: Value| {
        let mut item = json!({"id": id(task), "lease_token": task["lease_token"], "error": {"category": "unknown", "message": ""}});
        item.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        item
    };
    let items = [
        fail(&tasks[0], json!({"checkpoint": 0})),
        fail(&tasks[1], json!({})),
        fail(&tasks[2], json!({"checkpoint": [2]})),
    ];
    let answer = app.post("/v1/tasks/fail", json!({"tasks": items})).await.expect(200);
    let shown = |at: usize| answer["results"][at]["task"]["checkpoint"].clone();
    assert_eq!([shown(0), shown(1), shown(2)], [json!(0), Value::Null, json!([2])]);
    for (task, expected) in tasks.iter().zip([json!(0), Value::Null, json!([2])]) {
        assert_eq!(checkpoint(&app, task).await, expected);
    }
    app.finish().await;
}

#[tokio::test]
async fn of_several_reports_of_a_task_in_one_batch_that_of_the_accepted_one_counts() {
    let (app, _, task) = leased().await;
    let fail = |token: Value, checkpoint: &str| {
        let error = json!({"category": "unknown", "message": ""});
        json!({"id": id(&task), "lease_token": token, "error": error, "checkpoint": checkpoint,
               "lines": [{"message": checkpoint}]})
    };
    let dead = || json!(uuid::Uuid::new_v4().to_string());
    let items = [
        fail(dead(), "before"),
        fail(task["lease_token"].clone(), "accepted"),
        fail(dead(), "after"),
        fail(task["lease_token"].clone(), "repeated"),
    ];
    let answer = app.post("/v1/tasks/fail", json!({"tasks": items})).await.expect(200);
    let codes: Vec<&Value> =
        answer["results"].as_array().unwrap().iter().map(|result| &result["problem"]["code"]).collect();
    assert_eq!(codes, [&json!("lease_lost"), &Value::Null, &json!("lease_lost"), &Value::Null]);
    assert_eq!(checkpoint(&app, &task).await, "accepted");
    let log = app.get(&format!("/v1/tasks/{}/log", id(&task))).await.expect(200);
    let messages: Vec<&Value> =
        log["items"].as_array().unwrap().iter().map(|line| &line["message"]).collect();
    assert_eq!(messages, [&json!("accepted")]);
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_dequeue_shows_it_as_well() {
    let (app, _, task) = leased().await;
    app.fail_with(&task, json!({"checkpoint": {"a": 1}})).await;
    let ask = || async {
        let request = app.request(reqwest::Method::POST, "/v1/tasks/dequeue").header("idempotency-key", "k");
        app.send(request.json(&json!({"types": ["a"], "worker_id": "w"}))).await.expect(200)
    };
    for _ in 0..2 {
        assert_eq!(ask().await["tasks"][0]["checkpoint"], json!({"a": 1}));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_completion_takes_none() {
    let (app, _, task) = leased().await;
    assert_eq!(app.report(&task, "complete", json!({"checkpoint": 1})).await.invalid(), ["/checkpoint"]);
    app.finish().await;
}
