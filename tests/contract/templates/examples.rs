//! The worked examples of `docs/templates.md`, each taken from the page and run.

use serde_json::{Value, json};
use windlass_tests::TestApp;

const PAGE: &str = include_str!("../../../docs/templates.md");

/// The code blocks of a section of the page, in order.
fn blocks(section: &str) -> Vec<Value> {
    let from = PAGE.find(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let rest = &PAGE[from + 4..];
    let section = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    section
        .split("```json\n")
        .skip(1)
        .map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap())
        .collect()
}

/// Puts the first block, and runs it as the second says.
async fn made(app: &TestApp, section: &str) -> Value {
    let blocks = blocks(section);
    app.put("/v1/templates/example", blocks[0].clone()).await.expect(201);
    app.post("/v1/templates/example/pipelines", blocks[1].clone()).await.expect(201)
}

fn keys(pipeline: &Value) -> Vec<(String, Value, Value)> {
    let jobs = pipeline["jobs"].as_array().unwrap();
    let key = |job: &Value| {
        (job["key"].as_str().unwrap().to_owned(), job["counts"]["total"].clone(), job["depends_on"].clone())
    };
    jobs.iter().map(key).collect()
}

#[tokio::test]
async fn fan_out_over_samples() {
    let app = TestApp::start().await;
    let pipeline = made(&app, "Fan-out over samples").await;
    assert_eq!(pipeline["name"], "align 3 samples");
    let jobs = keys(&pipeline);
    assert_eq!((jobs[0].0.as_str(), &jobs[0].1), ("align", &json!(3)));
    assert_eq!(jobs.len(), 2);
    for _ in 0..3 {
        let task = app.lease("align").await;
        assert_eq!(task["payload"]["depth"], 30);
        app.complete(&task).await;
    }
    app.succeed("report").await;
    assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn optional_clean_up() {
    let app = TestApp::start().await;
    let pipeline = made(&app, "Optional clean-up").await;
    let names: Vec<String> = keys(&pipeline).into_iter().map(|(key, _, _)| key).collect();
    assert_eq!(names, ["load", "remove"]);
    app.fail_for_good("load").await;
    app.succeed("remove").await;
    let without =
        app.post("/v1/templates/example/pipelines", blocks("Optional clean-up")[2].clone()).await.expect(201);
    assert_eq!(keys(&without).len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn matrix_of_two_lists() {
    let app = TestApp::start().await;
    let pipeline = made(&app, "Matrix of two lists").await;
    let jobs = keys(&pipeline);
    assert_eq!(
        jobs.iter().map(|(key, tasks, _)| (key.as_str(), tasks.as_u64().unwrap())).collect::<Vec<_>>(),
        [("train-0", 3), ("train-1", 3), ("compare", 1)]
    );
    assert_eq!(
        jobs[2].2,
        json!([{"job": "train-0", "when": "finished"}, {"job": "train-1", "when": "finished"}])
    );
    let payloads: Vec<Value> =
        app.lease_many("train", 10).await.iter().map(|task| task["payload"].clone()).collect();
    assert_eq!(payloads[4], json!({"model": "large", "rate": 0.01}));
    app.finish().await;
}
