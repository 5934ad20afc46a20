//! `GET /v1/workers`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job, seconds_between, time_of};

/// The worker, as soon as it is listed as the condition wants.
async fn seen(app: &TestApp, worker: &str, as_wanted: impl Fn(&Value) -> bool) -> Value {
    eventually(&format!("{worker} is listed as wanted"), || async {
        app.walk("/v1/workers")
            .await
            .into_iter()
            .find(|item| item["id"] == worker)
            .filter(|item| as_wanted(item))
    })
    .await
}

fn ids(workers: &[Value]) -> Vec<&str> {
    workers.iter().map(|worker| worker["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_worker_is_listed_with_the_types_it_last_asked_for_and_what_it_runs() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}, {}]}))])).await;
    app.dequeue(json!({"types": ["x"], "worker_id": "host-1"})).await;
    let leased = app.dequeue(json!({"types": ["a", "b"], "worker_id": "host-1", "max_tasks": 2})).await;
    app.dequeue(json!({"types": ["c"], "worker_id": "host-ü"})).await;
    let worker =
        seen(&app, "host-1", |worker| worker["running"] == 2 && worker["types"] != json!(["x"])).await;
    let mut types: Vec<_> =
        worker["types"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
    types.sort_unstable();
    assert_eq!(types, ["a", "b"]);
    time_of(&worker, "last_seen_at");
    assert_eq!(seen(&app, "host-ü", |_| true).await["running"], 0);
    app.complete(&leased[0]).await;
    seen(&app, "host-1", |worker| worker["running"] == 1).await;
    app.finish().await;
}

#[tokio::test]
async fn the_types_of_a_worker_are_listed_whatever_their_characters() {
    let app = TestApp::start().await;
    let types = json!([" ", "%20", "a b", "a,\"b\" {c}", "ä\\n"]);
    app.dequeue(json!({"types": types, "worker_id": "host 1"})).await;
    app.dequeue(json!({"types": ["a"], "worker_id": "host 2"})).await;
    assert_eq!(seen(&app, "host 1", |_| true).await["types"], types);
    assert_eq!(seen(&app, "host 2", |_| true).await["types"], json!(["a"]));
    app.finish().await;
}

#[tokio::test]
async fn workers_not_seen_for_5_minutes_are_not_listed() {
    let app = TestApp::start().await;
    app.dequeue(json!({"types": ["a"], "worker_id": "gone"})).await;
    let first = seen(&app, "gone", |_| true).await;
    app.advance(290).await;
    app.dequeue(json!({"types": ["a"], "worker_id": "here"})).await;
    let here = seen(&app, "here", |_| true).await;
    assert!(seconds_between(time_of(&first, "last_seen_at"), time_of(&here, "last_seen_at")) > 280.0);
    seen(&app, "gone", |_| true).await;
    app.advance(20).await;
    let workers = app.walk("/v1/workers").await;
    assert_eq!(ids(&workers), ["here"]);
    app.finish().await;
}

#[tokio::test]
async fn without_workers_the_list_is_empty() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/v1/workers").await.expect(200), json!({"items": [], "next_cursor": null}));
    app.finish().await;
}

#[tokio::test]
async fn workers_of_every_server_are_walked_by_id() {
    let app = TestApp::start_servers(2).await;
    for (server, worker) in [(0, "b"), (1, "a"), (1, "é😀"), (0, "A/ &cursor=")] {
        app.post_to(server, "/v1/tasks/dequeue", json!({"types": ["t"], "worker_id": worker}))
            .await
            .expect(200);
    }
    let all = eventually("both servers wrote down who asked", async || {
        Some(app.walk("/v1/workers?limit=500").await).filter(|workers| workers.len() == 4)
    })
    .await;
    assert_eq!(ids(&all), ["A/ &cursor=", "a", "b", "é😀"]);
    for limit in 1..=4 {
        assert_eq!(ids(&app.walk(&format!("/v1/workers?limit={limit}")).await), ids(&all));
    }
    app.finish().await;
}
