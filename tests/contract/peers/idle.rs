//! A worker that has nothing to do.

use std::time::Instant;

use serde_json::json;
use windlass_tests::{LONG, TestApp};

/// The dequeue would wait for a minute; the new task ends the wait.
#[tokio::test]
async fn an_idle_worker_gets_a_new_task_long_before_it_would_ask_again() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let begun = Instant::now();
        let asked = json!({"types": ["a"], "worker_id": "idle", "wait_seconds": 60});
        let create = async {
            // A round trip after the dequeue was sent, so that it is most likely waiting by now; whether it is decides nothing.
            app.get("/v1/tasks").await.expect(200);
            app.post("/v1/jobs", json!({"type": "a"})).await.expect(201);
        };
        let (leased, ()) = tokio::join!(app.dequeue(asked), create);
        assert_eq!(leased.len(), 1);
        assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    }
    app.finish().await;
}
