//! Fan-out and fan-in.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id};

use super::submit;
use super::worker::{Say, run};

const TYPES: [&str; 3] = ["list-images", "make-thumbnail", "make-album"];

async fn play(app: &TestApp, parts: &'static [&'static str]) -> Vec<String> {
    let tasks: Vec<Value> = parts.iter().map(|part| json!({"payload": part})).collect();
    run(app, &TYPES, |task| {
        Say::Done(match task["job_key"].as_str().unwrap() {
            "split" => json!({"add_tasks": [{"job": "part", "tasks": tasks}]}),
            "part" => json!({"result": format!("{}.png", task["payload"].as_str().unwrap())}),
            _ => json!({}),
        })
    })
    .await
}

#[tokio::test]
async fn what_is_merged_comes_once_after_all_parts_with_their_results_in_order() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "fan-out-fan-in").await;
    assert_eq!(play(&app, &["a", "b", "c"]).await, ["split", "part", "part", "part", "merge"]);
    assert_eq!(app.states(&pipeline).await, "succeeded: merge succeeded, part succeeded, split succeeded");
    let results = app.walk(&format!("/v1/pipelines/{}/jobs/part/results", id(&pipeline))).await;
    let results: Vec<_> = results.iter().map(|item| item["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["a.png", "b.png", "c.png"]);
    app.finish().await;
}

#[tokio::test]
async fn without_parts_it_is_merged_at_once() {
    let app = TestApp::start().await;
    let pipeline = submit(&app, "fan-out-fan-in").await;
    assert_eq!(play(&app, &[]).await, ["split", "merge"]);
    assert_eq!(app.states(&pipeline).await, "succeeded: merge succeeded, part succeeded, split succeeded");
    app.finish().await;
}
