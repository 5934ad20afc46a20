//! Walks over queues and workers, which are ordered by name.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job};

fn ids(workers: &[Value]) -> Vec<&str> {
    workers.iter().map(|worker| worker["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn queues_are_listed_by_type_and_walked() {
    let app = TestApp::start().await;
    for kind in ["b", "a.z", "C", "a", "_"] {
        app.submit(json!([job("k", json!({"type": kind}))])).await;
    }
    app.patch("/v1/queues/a-", json!({"paused": true})).await.expect(200);
    for limit in [1, 2, 5, 6, 500] {
        let walked = app.walk(&format!("/v1/queues?limit={limit}")).await;
        let types: Vec<&str> = walked.iter().map(|queue| queue["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["C", "_", "a", "a-", "a.z", "b"], "{limit}");
    }
    app.get("/v1/queues?limit=0").await.problem(400, "malformed_request");
    app.get("/v1/queues?cursor=x").await.problem(400, "malformed_request");
    app.get("/v1/queues?type=a").await.problem(400, "malformed_request");
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
