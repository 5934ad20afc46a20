//! `/healthz`, `/readyz`, and what a database that is away does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, eventually, job};

#[tokio::test]
async fn a_server_that_is_well_says_so() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    app.finish().await;
}

/// Checks a refusal because of the database: with a whole number of seconds to wait.
fn away(answer: &Answer) {
    answer.problem(503, "database_unavailable");
    let retry_after =
        answer.header("retry-after").unwrap_or_else(|| panic!("no retry-after: {:?}", answer.headers));
    assert!(retry_after.parse::<u32>().is_ok_and(|seconds| seconds >= 1), "{retry_after}");
}

#[tokio::test]
async fn while_the_database_is_away_the_server_lives_and_is_not_ready_and_is_well_again_by_itself() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    outage.begin().await;
    let begun = Instant::now();
    let problem = eventually("it is not ready", || async {
        let answer = app.get("/readyz").await;
        (answer.status == 503).then(|| answer.json())
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("database")), "{problem}");
    assert_eq!(app.get("/healthz").await.status, 200);
    outage.end().await;
    eventually("it is ready again", || async { (app.get("/readyz").await.status == 200).then_some(()) })
        .await;
    outage.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn every_call_that_needs_a_database_that_is_away_answers_503_within_10_seconds() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let leased = app.lease("a").await;
    outage.begin().await;
    let begun = Instant::now();
    let (list, one, create, dequeue, complete, batch) = tokio::join!(
        app.get("/v1/pipelines"),
        app.get("/v1/tasks/0192d3a0-0000-7000-8000-000000000000"),
        app.post("/v1/jobs", json!({"type": "b"})),
        app.post("/v1/tasks/dequeue", json!({"types": ["b"], "worker_id": "w"})),
        app.report(&leased, "complete", json!({"result": 1})),
        app.post(
            "/v1/tasks/complete",
            json!({"tasks": [{"id": leased["id"], "lease_token": leased["lease_token"]}]})
        ),
    );
    assert!(begun.elapsed() < Duration::from_secs(11), "{:?}", begun.elapsed());
    for answer in [list, one, create, dequeue, complete] {
        away(&answer);
    }
    assert!(batch.status == 503 || batch.text.contains("database_unavailable"), "{}", batch.text);
    outage.end().await;
    eventually("it is ready again", || async { (app.get("/readyz").await.status == 200).then_some(()) })
        .await;
    assert_eq!(app.complete(&leased).await["state"], "succeeded");
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    outage.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn validation_needs_no_database() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    outage.begin().await;
    app.get("/v1/nothing").await.problem(404, "route_not_found");
    app.post_text("/v1/jobs", "{").await.problem(400, "malformed_request");
    assert_eq!(app.post("/v1/jobs", json!({})).await.invalid(), ["/type"]);
    outage.end().await;
    outage.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn a_waiting_dequeue_survives_an_outage_or_answers_503_and_the_task_is_not_lost() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    let asked = json!({"types": ["a"], "worker_id": "w", "wait_seconds": 60});
    let around = async {
        outage.begin().await;
        app.get("/healthz").await;
        outage.end().await;
        eventually("it is ready again", || async { (app.get("/readyz").await.status == 200).then_some(()) })
            .await;
        app.post("/v1/jobs", json!({"type": "a"})).await.expect(201);
    };
    let (waiting, ()) = tokio::join!(app.post("/v1/tasks/dequeue", asked.clone()), around);
    let leased: Value = if waiting.status == 503 {
        away(&waiting);
        app.post("/v1/tasks/dequeue", asked).await.expect(200)
    } else {
        waiting.expect(200)
    };
    app.complete(&leased["tasks"][0]).await;
    outage.finish().await;
    app.finish().await;
}
