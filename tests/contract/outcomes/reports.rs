//! `complete` and `fail` take outcomes as well, in their transaction.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, job};

use super::support::{counts, leased, list, many, of_job, of_task, outcome, record, told};

fn failure(outcomes: Value) -> Value {
    let mut failure = json!({"error": {"category": "data_error", "message": "m"}});
    failure["outcomes"] = outcomes;
    failure
}

#[tokio::test]
async fn a_completion_brings_outcomes_which_count_once_however_often_it_is_repeated() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    record(&app, &task, json!([outcome("a", "skipped")])).await.expect(200);
    for _ in 0..3 {
        let body = json!({"result": 1, "outcomes": [outcome("a", "succeeded"), outcome("b", "failed")]});
        assert_eq!(app.report(&task, "complete", body).await.expect(200)["state"], "succeeded");
    }
    assert_eq!(told(&list(&app, &of_task(&task)).await), ["b/ failed", "a/ succeeded", "a/ skipped"]);
    assert_eq!(counts(&app, &task).await, json!({"failed": 1, "skipped": 1, "succeeded": 1}));
    app.finish().await;
}

#[tokio::test]
async fn a_failure_brings_outcomes_which_stay_though_the_attempt_failed() {
    let app = TestApp::start().await;
    let retry = json!({"max_attempts": 2, "initial_delay_seconds": 0, "non_retryable": []});
    app.submit(json!([job("a", json!({"retry": retry}))])).await;
    let first = app.lease("a").await;
    for _ in 0..2 {
        let failed = app.report(&first, "fail", failure(json!([outcome("a", "failed")]))).await.expect(200);
        assert_eq!(failed["state"], "queued");
    }
    let second = app.lease("a").await;
    app.report(&second, "complete", json!({"outcomes": [outcome("a", "succeeded")]})).await.expect(200);
    let listed = list(&app, &of_task(&first)).await;
    assert_eq!(told(&listed), ["a/ succeeded", "a/ failed"]);
    assert_eq!((&listed[0]["attempt"], &listed[1]["attempt"]), (&json!(2), &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn a_refused_completion_records_nothing_and_a_later_one_all() {
    let app = TestApp::start().await;
    for count in [3, 200] {
        let task = leased(&app).await;
        let body = json!({"outcomes": many(count), "add_tasks": [{"job": "nowhere", "tasks": [{}]}]});
        assert_eq!(app.report(&task, "complete", body).await.invalid(), ["/add_tasks/0/job"]);
        assert_eq!((list(&app, &of_task(&task)).await.len(), counts(&app, &task).await), (0, json!({})));
        let wrong = json!({"outcomes": [outcome("s", "x"), outcome("s", "")]});
        assert_eq!(app.report(&task, "complete", wrong).await.invalid(), ["/outcomes/1/disposition"]);
        app.report(&task, "complete", json!({"outcomes": many(count)})).await.expect(200);
        assert_eq!(counts(&app, &task).await, json!({"succeeded": count}));
        assert_eq!(list(&app, &of_task(&task)).await.len(), count);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_report_whose_token_is_not_current_records_nothing() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    app.verb(&format!("/v1/pipelines/{}", task["pipeline_id"].as_str().unwrap()), "cancel").await;
    app.report(&task, "complete", json!({"outcomes": many(2)})).await.problem(409, "lease_lost");
    app.report(&task, "fail", failure(many(200))).await.problem(409, "lease_lost");
    assert_eq!((list(&app, &of_task(&task)).await.len(), counts(&app, &task).await), (0, json!({})));
    app.finish().await;
}

#[tokio::test]
async fn a_release_takes_none() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    assert_eq!(app.report(&task, "release", json!({"outcomes": many(1)})).await.invalid(), ["/outcomes"]);
    app.finish().await;
}

#[tokio::test]
async fn each_report_of_a_batch_brings_its_own() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 4]}))])).await;
    let tasks = app.lease_many("a", 4).await;
    let item = |task: &Value, outcomes: Value| json!({"id": task["id"], "lease_token": task["lease_token"], "outcomes": outcomes});
    let mut stale = item(&tasks[2], many(5));
    stale["lease_token"] = json!(Uuid::now_v7());
    let completed = json!({"tasks": [
        item(&tasks[0], json!([outcome("0", "succeeded")])),
        item(&tasks[1], json!([{"subject": "1"}])),
        stale,
        item(&tasks[0], json!([outcome("again", "succeeded")])),
    ]});
    let results = app.post("/v1/tasks/complete", completed).await.expect(200)["results"].clone();
    assert_eq!(results[0]["task"]["state"], "succeeded");
    assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/tasks/1/outcomes/0/disposition");
    assert_eq!(results[2]["problem"]["code"], "lease_lost");
    assert_eq!(results[3]["task"]["state"], "succeeded", "a repeat");
    let mut failed = item(&tasks[3], json!([outcome("3", "failed")]));
    failed["error"] = json!({"category": "data_error", "message": "m"});
    app.post("/v1/tasks/fail", json!({"tasks": [failed]})).await.expect(200);
    assert_eq!(told(&list(&app, &of_job(&tasks[0])).await), ["3/ failed", "0/ succeeded"]);
    assert_eq!(counts(&app, &tasks[0]).await, json!({"failed": 1, "succeeded": 1}));
    app.finish().await;
}

#[tokio::test]
async fn a_report_that_comes_after_the_end_of_its_job_in_one_batch_leaves_nothing() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 3]}))])).await;
    let tasks = app.lease_many("a", 3).await;
    let item = |task: &Value| {
        let mut item = failure(json!([outcome("s", "failed")]));
        (item["id"], item["lease_token"]) = (task["id"].clone(), task["lease_token"].clone());
        item
    };
    let batch = json!({"tasks": [item(&tasks[0]), item(&tasks[1]), item(&tasks[2])]});
    let results = app.post("/v1/tasks/fail", batch).await.expect(200)["results"].clone();
    assert_eq!(results[0]["task"]["state"], "failed");
    for late in 1..3 {
        assert_eq!(results[late]["problem"]["code"], "lease_lost");
    }
    assert_eq!(list(&app, "subject=s").await.len(), 1);
    assert_eq!(counts(&app, &tasks[0]).await, json!({"failed": 1}));
    app.finish().await;
}

#[tokio::test]
async fn the_reports_of_a_batch_bring_ten_thousand_together() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 3]}))])).await;
    let tasks = app.lease_many("a", 3).await;
    let item = |task: &Value, count: usize| json!({"id": task["id"], "lease_token": task["lease_token"], "outcomes": many(count)});
    let batch = json!({"tasks": [item(&tasks[0], 6_000), item(&tasks[1], 4_001), item(&tasks[2], 4_000)]});
    let results = app.post("/v1/tasks/complete", batch).await.expect(200)["results"].clone();
    assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/tasks/1/outcomes");
    assert_eq!(
        (&results[0]["task"]["state"], &results[2]["task"]["state"]),
        (&json!("succeeded"), &json!("succeeded"))
    );
    assert_eq!(counts(&app, &tasks[0]).await, json!({"succeeded": 10_000}));
    app.finish().await;
}

#[tokio::test]
async fn outcomes_of_a_task_that_a_retry_takes_back_stay() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("scan", json!({})), job("hash", json!({"sealed": false}))])).await;
    let scan = app.lease("scan").await;
    let add = json!([{"job": "hash", "tasks": [{}], "seal": true}]);
    app.report(&scan, "complete", json!({"add_tasks": add, "outcomes": [outcome("tree", "succeeded")]}))
        .await
        .expect(200);
    let hash = app.lease("hash").await;
    app.report(&hash, "complete", json!({"outcomes": [outcome("file", "failed")]})).await.expect(200);
    app.post(&format!("/v1/pipelines/{}/retry", pipeline["id"].as_str().unwrap()), json!({"scope": "all"}))
        .await
        .expect(200);
    app.get(&format!("/v1/tasks/{}", hash["id"].as_str().unwrap())).await.problem(404, "task_not_found");
    assert_eq!(told(&list(&app, &of_task(&hash)).await), ["file/ failed"]);
    assert_eq!(counts(&app, &hash).await, json!({"failed": 1}));
    let again = app.lease("scan").await;
    // The token of before is answered for, and brings nothing.
    app.report(&scan, "complete", json!({"outcomes": [outcome("late", "x")]})).await;
    app.report(&again, "complete", json!({"outcomes": [outcome("tree", "succeeded")]})).await.expect(200);
    assert_eq!(counts(&app, &scan).await, json!({"succeeded": 2}));
    app.finish().await;
}
