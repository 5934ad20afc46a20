//! `GET /v1/events?newest=true`.

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

async fn page(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/v1/events?{query}")).await.expect(200)
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect()
}

/// All events that a filter takes, as soon as the last change can be read.
async fn all(app: &TestApp, filter: &str, last: &str) -> Value {
    eventually("the last change can be read", || async {
        let page = page(app, &format!("limit=500{filter}")).await;
        let is_there = page["items"].as_array().unwrap().iter().any(|event| event["to"] == last);
        is_there.then_some(page)
    })
    .await
}

#[tokio::test]
async fn the_newest_events_are_the_last_of_all_oldest_first() {
    let app = TestApp::start().await;
    let first = app.submit(json!([job("a", json!({}))])).await;
    for _ in 0..5 {
        app.submit(json!([job("b", json!({"tasks": [{}, {}]}))])).await;
    }
    let of_first = format!("&pipeline_id={}", id(&first));
    app.succeed("a").await;
    let of_job = format!("&job_id={}", first["jobs"][0]["id"].as_str().unwrap());
    for filter in
        ["", of_first.as_str(), of_job.as_str(), "&entity=job", "&type=a", "&entity=job&to=succeeded"]
    {
        let all = all(&app, filter, "succeeded").await;
        let all = ids(&all);
        for limit in [1, 3, 500] {
            let newest = page(&app, &format!("newest=true&limit={limit}{filter}")).await;
            assert_eq!(ids(&newest), all[all.len().saturating_sub(limit)..], "{limit}{filter}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_reader_goes_on_behind_the_newest_events() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let newest = page(&app, "newest=true&limit=1").await;
    let next = newest["next_cursor"].as_str().unwrap();
    app.succeed("a").await;
    let later = eventually("what came since is shown", || async {
        let later = page(&app, &format!("cursor={next}&to=succeeded&entity=pipeline")).await;
        (!ids(&later).is_empty()).then_some(later)
    })
    .await;
    assert_eq!(ids(&later).len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn an_empty_audit_has_no_newest_events_and_a_cursor_does_not_go_with_them() {
    let app = TestApp::start().await;
    let empty = page(&app, "newest=true&to=skipped").await;
    assert!(ids(&empty).is_empty() && empty["next_cursor"].is_string());
    let next = empty["next_cursor"].as_str().unwrap();
    app.get(&format!("/v1/events?newest=true&cursor={next}")).await.problem(400, "malformed_request");
    app.get("/v1/events?newest=1").await.problem(400, "malformed_request");
    page(&app, &format!("newest=false&cursor={next}")).await;
    app.finish().await;
}
