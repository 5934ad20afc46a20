//! `GET /v1/jobs/{id}/errors`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

/// A pipeline of one job of so many tasks, which bears that they all fail.
async fn fragile(app: &TestApp, tasks: usize) -> Value {
    let tasks = vec![json!({}); tasks];
    let further = json!({"tasks": tasks, "max_failed_tasks": 10_000, "retry": {"max_attempts": 2, "initial_delay_seconds": 0}});
    app.submit(json!([job("a", further)])).await
}

async fn errors(app: &TestApp, pipeline: &Value) -> Vec<Value> {
    let path = app.job_path(pipeline, "a").await;
    let page = app.get(&format!("{path}/errors")).await.expect(200);
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().unwrap().clone()
}

async fn fail(app: &TestApp, category: &str, message: &str) -> Value {
    let leased = app.lease("a").await;
    let error = json!({"category": category, "message": message});
    app.fail_with(&leased, json!({"error": error, "retry": "never"})).await
}

fn told(errors: &[Value]) -> Vec<String> {
    let told = |error: &Value| format!("{} {} {}", error["count"], error["category"], error["message"]);
    errors.iter().map(told).collect()
}

#[tokio::test]
async fn errors_are_counted_by_category_and_by_message_but_for_its_numbers_the_most_first() {
    let app = TestApp::start().await;
    let pipeline = fragile(&app, 6).await;
    assert!(errors(&app, &pipeline).await.is_empty());
    fail(&app, "data_error", "row 1 of file 0190f3a2-6b1c-7d3e-8f00-aabbccddeeff is bad").await;
    fail(&app, "network_error", "no route").await;
    fail(&app, "data_error", "row 20 of file 0190f3a2-6b1c-7d3e-8f00-000000000000 is bad").await;
    let newest = fail(&app, "data_error", "row 3 of file deadbeef is bad").await;
    fail(&app, "system_error", "no route").await;
    let errors = errors(&app, &pipeline).await;
    assert_eq!(
        told(&errors),
        [
            r#"3 "data_error" "row 3 of file deadbeef is bad""#,
            r#"1 "system_error" "no route""#,
            r#"1 "network_error" "no route""#,
        ]
    );
    assert_eq!((&errors[0]["task_id"], &errors[0]["newest_at"]), (&newest["id"], &newest["ended_at"]));
    app.finish().await;
}

#[tokio::test]
async fn an_attempt_that_is_followed_by_another_is_no_error_of_the_job() {
    let app = TestApp::start().await;
    let pipeline = fragile(&app, 1).await;
    let first = app.lease("a").await;
    app.fail(&first).await;
    assert!(errors(&app, &pipeline).await.is_empty());
    let second = app.lease("a").await;
    app.fail(&second).await;
    assert_eq!(told(&errors(&app, &pipeline).await), [r#"1 "unknown" "it broke""#]);
    app.finish().await;
}

#[tokio::test]
async fn counts_go_on_through_retries_by_hand() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    fail(&app, "data_error", "bad").await;
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    fail(&app, "data_error", "bad").await;
    assert_eq!(told(&errors(&app, &pipeline).await), [r#"2 "data_error" "bad""#]);
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    app.succeed("a").await;
    assert_eq!(told(&errors(&app, &pipeline).await), [r#"2 "data_error" "bad""#]);
    app.finish().await;
}

#[tokio::test]
async fn what_the_sweeper_ends_is_an_error_as_well() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit(json!([job("a", json!({"lease_seconds": 1, "retry": {"max_attempts": 1}}))])).await;
    app.lease("a").await;
    eventually("the lease has expired", || async {
        (app.pipeline(&pipeline).await["state"] == "failed").then_some(())
    })
    .await;
    let errors = errors(&app, &pipeline).await;
    assert_eq!((errors.len(), &errors[0]["category"]), (1, &json!("lease_expired")));
    app.finish().await;
}

#[tokio::test]
async fn the_first_200_errors_have_counts_of_their_own_and_all_others_share_one() {
    let app = TestApp::start().await;
    let pipeline = fragile(&app, 203).await;
    let mut reports = Vec::new();
    while let leased @ [_, ..] = &app.lease_many("a", 100).await[..] {
        for task in leased {
            let message = format!("broken {}", "ab".repeat(reports.len() + 1).replace("ab", "xy"));
            let error = json!({"category": "data_error", "message": message});
            reports.push(json!({"id": task["id"], "lease_token": task["lease_token"], "error": error, "retry": "never"}));
        }
    }
    let last = reports.last().unwrap()["id"].clone();
    app.post("/v1/tasks/fail", json!({"tasks": reports})).await.expect(200);
    let errors = errors(&app, &pipeline).await;
    assert_eq!(errors.len(), 201);
    let others: Vec<&Value> = errors.iter().filter(|error| error["category"].is_null()).collect();
    assert_eq!(others.len(), 1);
    assert_eq!((&others[0]["count"], &others[0]["message"]), (&json!(3), &Value::Null));
    assert_eq!(others[0]["task_id"], last);
    app.finish().await;
}

#[tokio::test]
async fn errors_go_with_their_pipeline_and_are_of_a_job_that_exists() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    fail(&app, "data_error", "bad").await;
    let path = format!("{}/errors", app.job_path(&pipeline, "a").await);
    app.get(&format!("{path}?limit=1")).await.problem(400, "malformed_request");
    app.delete(&format!("/v1/pipelines/{}", id(&pipeline))).await.has(204);
    app.get(&path).await.problem(404, "job_not_found");
    app.get("/v1/jobs/none/errors").await.problem(404, "job_not_found");
    app.finish().await;
}
