//! Leases whose commit the server never heard of, because the database's answer was lost.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, job};

#[tokio::test]
async fn leases_whose_commit_was_not_heard_of_are_released_and_the_attempt_is_not_counted() {
    let (app, outage) = TestApp::start_behind_outage().await;
    app.submit(json!([job("a", json!({}))])).await;
    outage.lose_the_answer_to(&["unheard-of"]);
    ask(&app, "a", None).await.problem(503, "database_unavailable");
    let leased = released(&app, "a").await;
    let attempts = app.get(&format!("/v1/tasks/{}/attempts", windlass_tests::id(&leased))).await.expect(200);
    assert_eq!(attempts["items"][0]["outcome"], "released", "{attempts}");
    assert_eq!(attempts["items"][0]["worker_id"], "unheard-of", "{attempts}");
    outage.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn a_repeat_with_its_key_gets_leases_whose_commit_was_not_heard_of_and_keeps_them() {
    let (app, outage) = TestApp::start_behind_outage().await;
    app.submit(json!([job("a", json!({})), job("b", json!({}))])).await;
    outage.lose_the_answer_to(&["unheard-of"]);
    ask(&app, "a", Some("once")).await.problem(503, "database_unavailable");
    let leased = ask(&app, "a", Some("once")).await.expect(200)["tasks"][0].clone();
    assert_eq!(leased["attempt"], 1, "{leased}");
    // Another one that was lost later has been released: by then the first has been looked for as well.
    outage.lose_the_answer_to(&["unheard-of"]);
    ask(&app, "b", None).await.problem(503, "database_unavailable");
    released(&app, "b").await;
    app.complete(&leased).await;
    outage.finish().await;
    app.finish().await;
}

async fn ask(app: &TestApp, kind: &str, key: Option<&str>) -> Answer {
    let body = json!({"types": [kind], "worker_id": "unheard-of"});
    let mut request = app.request(reqwest::Method::POST, "/v1/tasks/dequeue").json(&body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    app.send(request).await
}

/// The only task of a type, as soon as it can be leased again: for the first time, as it counts.
async fn released(app: &TestApp, kind: &str) -> Value {
    let waiting = json!({"types": [kind], "worker_id": "next", "wait_seconds": 30});
    let leased = app.post("/v1/tasks/dequeue", waiting).await.expect(200)["tasks"][0].clone();
    assert_eq!(leased["attempt"], 1, "{leased}");
    leased
}
