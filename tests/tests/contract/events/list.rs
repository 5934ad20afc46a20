//! `GET /v1/events`, beside what the audit's own tests hold it to.

use serde_json::json;
use windlass_tests::{TestApp, id, job};

#[tokio::test]
async fn the_events_of_a_deleted_pipeline_stay_with_its_correlation_id() {
    let app = TestApp::start().await;
    let pipeline =
        app.submit_with(json!({"name": "n", "correlation_id": "c-1", "jobs": [job("a", json!({}))]})).await;
    app.succeed("a").await;
    let filter = format!("?pipeline_id={}", id(&pipeline));
    let before = app.walk_events(&filter).await;
    app.delete(&format!("/v1/pipelines/{}", id(&pipeline))).await.has(204);
    assert_eq!(app.walk_events(&filter).await, before);
    app.finish().await;
}

#[tokio::test]
async fn bad_parameters_are_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let head = app.walk_events("").await.last().unwrap()["id"].as_str().unwrap().to_owned();
    let bad = [
        "limit=0",
        "limit=501",
        "cursor=",
        "cursor=x",
        "cursor=-1",
        "pipeline_id=1",
        "job_id=",
        "task_id=x",
        "type=a",
        &format!("cursor={head}0"),
        &format!("cursor=0{head}"),
        &format!("cursor={head}&cursor={head}"),
    ];
    for query in bad {
        app.get(&format!("/v1/events?{query}")).await.problem(400, "malformed_request");
    }
    app.finish().await;
}
