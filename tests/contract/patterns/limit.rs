//! One at a time per key.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id};

use super::submit;

#[tokio::test]
async fn of_one_key_one_runs_at_a_time_in_order_and_of_another_key_as_well() {
    let app = TestApp::start_servers(2).await;
    app.patch("/v1/queues/deploy.shop", json!({"max_running": 1})).await.expect(200);
    let pipelines = [submit(&app, "one-at-a-time").await, submit(&app, "one-at-a-time").await];
    app.submit(json!([{"key": "deploy", "type": "deploy.blog"}])).await;
    let asked = json!({"types": ["deploy.shop", "deploy.blog"], "worker_id": "w", "max_tasks": 10});
    let mut leased = app.dequeue(asked.clone()).await;
    leased.sort_by_key(|task| task["type"].as_str().unwrap().to_owned());
    let types: Vec<&Value> = leased.iter().map(|task| &task["type"]).collect();
    assert_eq!(types, ["deploy.blog", "deploy.shop"]);
    assert_eq!(leased[1]["pipeline_id"], id(&pipelines[0]));
    for server in [0, 1] {
        let none = app.post_to(server, "/v1/tasks/dequeue", asked.clone()).await.expect(200);
        assert_eq!(none["tasks"], json!([]));
    }
    app.complete(&leased[1]).await;
    assert_eq!(app.lease("deploy.shop").await["pipeline_id"], id(&pipelines[1]));
    app.finish().await;
}
