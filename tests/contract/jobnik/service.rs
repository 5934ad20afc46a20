//! Liveness, the document, and when the surface is not there.

use serde_json::json;
use windlass_server::Settings;
use windlass_tests::{TestApp, eventually};

use super::support::{Jobnik, V1};

#[tokio::test]
async fn without_its_database_every_call_is_503_and_says_when_to_come_again() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    assert_eq!(app.get("/jobnik/liveness").await.expect(200), json!({"status": "ok"}));
    outage.begin().await;
    let dead = app.get("/jobnik/liveness").await;
    assert_eq!(dead.expect(503), json!({"status": "error"}));
    for path in ["jobs", "stages", "tasks"] {
        let answer = app.get(&format!("{V1}/{path}")).await;
        let error = answer.expect(503);
        assert_eq!(error["code"], "DATABASE_RELATED_ERROR", "{error}");
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    }
    let made = app.post(&format!("{V1}/jobs"), json!({"name": "tiles", "data": {}})).await;
    assert_eq!(made.expect(503)["code"], "DATABASE_RELATED_ERROR");
    outage.end().await;
    eventually("it works again", async || (app.get(&format!("{V1}/jobs")).await.status == 200).then_some(()))
        .await;
    app.finish().await;
    outage.finish().await;
}

#[tokio::test]
async fn a_server_that_stops_refuses_what_comes_late_in_the_words_of_this_surface() {
    let jobnik = Jobnik::start().await;
    jobnik.0.begin_to_stop_last_server();
    let request = jobnik.0.request(reqwest::Method::GET, &format!("{V1}/jobs"));
    // It may have closed its door already.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        let error: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(error["code"], "UNKNOWN_ERROR");
    }
    jobnik.0.finish().await;
}

#[tokio::test]
async fn its_document_is_the_committed_one() {
    let jobnik = Jobnik::start().await;
    let served = jobnik.0.get("/jobnik/docs/api.json").await.expect(200);
    let committed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/jobnik.json")).unwrap();
    assert_eq!(served, serde_json::from_str::<serde_json::Value>(&committed).unwrap());
    let native = jobnik.0.get("/openapi.json").await.expect(200);
    assert!(native["paths"].as_object().unwrap().keys().all(|path| !path.starts_with("/jobnik")));
    jobnik.0.finish().await;
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let jobnik = windlass_server::Jobnik { on: false, ..<_>::default() };
    let app = TestApp::start_with(Settings { jobnik, ..Settings::default() }).await;
    for path in ["/jobnik/v1/jobs", "/jobnik/liveness", "/jobnik/metrics"] {
        app.get(path).await.problem(404, "route_not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn it_is_closed_while_a_server_runs_that_does_not_know_it() {
    let jobnik = Jobnik::start().await;
    jobnik.job("before").await;
    jobnik.0.database().register_server_without_jobnik().await;
    eventually("it closes", async || {
        let answer = jobnik.0.get(&format!("{V1}/jobs")).await;
        (answer.status == 503).then(|| {
            assert_eq!(answer.expect(503)["code"], "UNKNOWN_ERROR");
            assert!(answer.header("retry-after").is_some());
        })
    })
    .await;
    jobnik.0.get("/jobnik/liveness").await.expect(200);
    jobnik.0.get("/v1/pipelines").await.expect(200);
    jobnik.0.advance(31).await;
    eventually("it opens", async || (jobnik.0.get(&format!("{V1}/jobs")).await.status == 200).then_some(()))
        .await;
    jobnik.0.finish().await;
}
