//! Lists that stay short, and answers to what was typed wrongly.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, id, job};

/// A service in which every list has more than a page of 50, and the paths of those lists.
async fn more_than_a_page_of_everything(app: &TestApp) -> Vec<String> {
    let jobs: Vec<Value> =
        (0..51).map(|number| job(&format!("key-{number}"), json!({"tasks": [{}]}))).collect();
    let pipeline = app.submit(json!(jobs)).await;
    for number in 0..51 {
        app.submit(json!([job("single", json!({"tasks": [{}]}))])).await;
        app.dequeue(json!({"types": ["none"], "worker_id": format!("worker-{number}")})).await;
    }
    let results = app.submit(json!([job("results", json!({"tasks": vec![json!({}); 51]}))])).await;
    for task in app.lease_many("results", 51).await {
        app.report(&task, "complete", json!({"result": 1})).await.expect(200);
    }
    let mut released = app.lease("key-0").await;
    for _ in 0..51 {
        app.report(&released, "release", json!({})).await.expect(200);
        released = app.lease("key-0").await;
    }
    app.walk_events("").await;
    let one = |path: &str, resource: &Value| format!("{path}={}", id(resource));
    vec![
        "/v1/pipelines".to_owned(),
        "/v1/jobs".to_owned(),
        one("/v1/jobs?pipeline_id", &pipeline),
        "/v1/tasks".to_owned(),
        one("/v1/tasks?pipeline_id", &pipeline),
        format!("/v1/tasks/{}/attempts", id(&released)),
        format!("/v1/pipelines/{}/jobs/results/results", id(&results)),
        "/v1/events".to_owned(),
        "/v1/queues".to_owned(),
        "/v1/workers".to_owned(),
    ]
}

#[tokio::test]
async fn every_list_has_a_limit() {
    let app = TestApp::start().await;
    for list in more_than_a_page_of_everything(&app).await {
        // Who was seen is written down once a second.
        let (items, next) = windlass_tests::eventually("a page and more", || async {
            Some(app.page(&list).await).filter(|(items, _)| items.len() >= 50)
        })
        .await;
        assert_eq!((items.len(), next.is_some()), (50, true), "{list}");
        let joint = if list.contains('?') { '&' } else { '?' };
        assert_eq!(app.page(&format!("{list}{joint}limit=1")).await.0.len(), 1, "{list}");
        assert!(app.page(&format!("{list}{joint}limit=500")).await.0.len() > 50, "{list}");
        for limit in ["0", "501", "-1", "all"] {
            app.get(&format!("{list}{joint}limit={limit}")).await.problem(400, "malformed_request");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_name_typed_wrongly_gets_a_clear_answer() {
    let app = TestApp::start().await;
    let misspelt = app.refused(json!([job("a", json!({"type": "hash files"}))])).await;
    assert_eq!(misspelt.invalid(), ["/jobs/0/type"]);
    let ask = |kind: &str| json!({"types": [kind], "worker_id": "w"});
    // A type may be asked for before anybody makes a job of it; a job of this one nobody can make.
    assert_eq!(app.dequeue(ask("hash files")).await, Vec::<Value>::new());
    let unknown_parent = app.refused(json!([job("a", json!({"depends_on": ["hsah"]}))])).await;
    unknown_parent.problem(422, "unknown_dependency");
    app.get("/v1/queues/hsah").await.problem(404, "queue_not_found");
    app.get(&format!("/v1/jobs/{}", Uuid::now_v7())).await.problem(404, "job_not_found");

    let pipeline = app.submit(json!([job("hash", json!({})), job("more", json!({"sealed": false}))])).await;
    // Well-formed, but nobody's: it waits for work that may come, and takes none of another type.
    assert_eq!(app.dequeue(ask("hsah")).await, Vec::<Value>::new());
    assert_eq!(app.page("/v1/tasks?type=hsah").await.0, Vec::<Value>::new());
    let results = format!("/v1/pipelines/{}/jobs/hsah/results", id(&pipeline));
    app.get(&results).await.problem(404, "job_not_found");
    let leased = app.lease("hash").await;
    let wrong = json!({"add_tasks": [{"job": "mroe", "tasks": [{}]}]});
    assert_eq!(app.report(&leased, "complete", wrong).await.invalid(), ["/add_tasks/0/job"]);
    app.complete(&leased).await;
    app.finish().await;
}
