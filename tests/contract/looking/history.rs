//! `GET /v1/queues/{type}/history`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, job};

async fn history(app: &TestApp, kind: &str) -> Vec<Value> {
    let page = app.get(&format!("/v1/queues/{kind}/history?minutes=60")).await.expect(200);
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().unwrap().clone()
}

fn sum(minutes: &[Value], field: &str) -> u64 {
    minutes.iter().map(|minute| minute[field].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn every_server_adds_what_it_saw_of_a_type() {
    let app = TestApp::start_servers(2).await;
    let bears = json!({"tasks": [{}, {}, {}, {}], "max_failed_tasks": 9});
    app.submit(json!([job("a", bears)])).await;
    for server in 0..2 {
        let asked = json!({"types": ["a"], "worker_id": "w"});
        let leased = app.post_to(server, "/v1/tasks/dequeue", asked).await.expect(200)["tasks"][0].clone();
        let (verb, body) = match server {
            0 => ("complete", json!({})),
            _ => ("fail", json!({"error": {"category": "unknown", "message": "no"}, "retry": "never"})),
        };
        app.report_to(server, &leased, verb, body).await.expect(200);
    }
    app.lease("a").await;
    let minutes = eventually("both servers have added", || async {
        let minutes = history(&app, "a").await;
        let newest = minutes.first()?.clone();
        let added = sum(&minutes, "succeeded") == 1 && sum(&minutes, "failed") == 1;
        let depth = newest["queued"] == 1 && newest["running"] == 1;
        (added && depth).then_some(minutes)
    })
    .await;
    let told = minutes.iter().find(|minute| minute["succeeded"] == 1).unwrap();
    assert!(told["at"].as_str().unwrap().ends_with(":00Z"), "{told}");
    for field in ["wait_p50_seconds", "wait_p95_seconds", "run_p50_seconds", "run_p95_seconds"] {
        let length = told[field].as_f64().unwrap_or_else(|| panic!("{field} of {told}"));
        assert!((0.0..60.0).contains(&length), "{told}");
    }
    assert!(told["wait_p50_seconds"].as_f64() <= told["wait_p95_seconds"].as_f64());
    app.finish().await;
}

#[tokio::test]
async fn a_queue_that_exists_has_a_history_and_minutes_have_bounds() {
    let app = TestApp::start().await;
    app.get("/v1/queues/none/history").await.problem(404, "queue_not_found");
    app.patch("/v1/queues/set", json!({"max_running": 1})).await.expect(200);
    assert!(history(&app, "set").await.is_empty());
    for minutes in ["1", "10080"] {
        app.get(&format!("/v1/queues/set/history?minutes={minutes}")).await.expect(200);
    }
    for minutes in ["0", "10081", "-1", "1.5", "01", "x", ""] {
        let answer = app.get(&format!("/v1/queues/set/history?minutes={minutes}")).await;
        answer.problem(400, "malformed_request");
    }
    app.get("/v1/queues/set/history?limit=1").await.problem(400, "malformed_request");
    app.finish().await;
}
