//! `GET /v1/ids`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

async fn found(app: &TestApp, prefix: &str) -> Vec<Value> {
    let page = app.get(&format!("/v1/ids?prefix={prefix}")).await.expect(200);
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_pipeline_a_job_and_a_task_are_found_by_their_ids_and_say_what_they_are_called() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"key": "first"})), job("b", json!({}))])).await;
    let of_job = pipeline["jobs"][0]["id"].as_str().unwrap().to_owned();
    let tasks = app.walk(&format!("/v1/tasks?job_id={of_job}")).await;
    let of_task = tasks[0]["id"].as_str().unwrap().to_owned();
    let of_pipeline = id(&pipeline);
    let asked = format!("{of_task},{of_job},{of_pipeline}");
    let all = found(&app, &asked).await;
    let expected = [
        json!({"entity": "task", "id": of_task, "pipeline_id": of_pipeline, "name": pipeline["name"], "key": "first", "type": "a"}),
        json!({"entity": "job", "id": of_job, "pipeline_id": of_pipeline, "name": pipeline["name"], "key": "first", "type": "a"}),
        json!({"entity": "pipeline", "id": of_pipeline, "pipeline_id": of_pipeline, "name": pipeline["name"], "key": null, "type": null}),
    ];
    assert_eq!(all, expected);
    app.finish().await;
}

#[tokio::test]
async fn a_beginning_finds_all_that_begin_so_at_most_ten_of_each_kind() {
    let app = TestApp::start().await;
    let tasks = vec![json!({}); 12];
    let pipeline = app.submit(json!([job("a", json!({"tasks": tasks}))])).await;
    let whole = id(&pipeline).to_string();
    let entities = |found: &[Value], entity: &str| found.iter().filter(|one| one["entity"] == entity).count();
    // All of one call have ids of the same moment.
    let begun = found(&app, &whole[..8]).await;
    assert_eq!(["pipeline", "job", "task"].map(|entity| entities(&begun, entity)), [1, 1, 10]);
    let of_task = begun.iter().find(|one| one["entity"] == "task").unwrap()["id"].as_str().unwrap();
    assert_eq!(found(&app, &of_task[..35]).await.len(), 1);
    assert!(found(&app, "00000000").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn what_was_deleted_or_taken_back_is_not_found() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    app.succeed("a").await;
    let whole = id(&pipeline).to_string();
    assert_eq!(found(&app, &whole).await.len(), 1);
    app.delete(&format!("/v1/pipelines/{whole}")).await.has(204);
    let begun = found(&app, &whole[..18]).await;
    assert!(begun.is_empty(), "{begun:?}");
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_beginning_of_an_id_is_refused() {
    let app = TestApp::start().await;
    for bad in [
        "?prefix=",
        "?prefix=0194000",
        "?prefix=0194000x",
        "?prefix=01940000,",
        "",
        "?prefix=01940000&limit=1",
    ] {
        let refused = app.get(&format!("/v1/ids{bad}")).await;
        refused.problem(400, "malformed_request");
    }
    let many = vec!["01940000"; 101].join(",");
    app.get(&format!("/v1/ids?prefix={many}")).await.problem(400, "malformed_request");
    app.finish().await;
}
