//! `GET /v1/events/stream`, also over restarts, servers, outages and clients that do not read.

use reqwest::Method;
use serde_json::json;
use windlass_tests::{LONG, RawConnection, TestApp, id, job};

use super::reader::{Stream, ids};

#[tokio::test]
async fn a_stream_sends_what_happens_from_now_on() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    app.walk_events("").await;
    let mut stream = Stream::open(&app, 0, "", None).await;
    let pipeline = app.submit(json!([job("b", json!({}))])).await;
    for event in stream.take(2).await {
        assert_eq!(event["pipeline_id"], pipeline["id"]);
    }
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_stream_can_be_of_one_pipeline_from_now_on_or_from_an_event() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let query = format!("?pipeline_id={}", id(&pipeline));
    let created = app.walk_events(&query).await;
    let mut stream = Stream::open(&app, 0, &query, None).await;
    app.submit(json!([job("b", json!({}))])).await;
    app.succeed("b").await;
    app.succeed("a").await;
    let seen = stream.take(5).await;
    drop(stream);
    let all = app.walk_events(&query).await;
    let among = |event| all.iter().position(|sent| sent == event);
    assert!(seen.iter().all(|event| among(event).is_some_and(|at| at >= created.len())), "{seen:?}");
    let mut stream = Stream::open(&app, 0, &query, Some(all[0]["id"].as_str().unwrap())).await;
    assert_eq!(stream.take(all.len() - 1).await, all[1..]);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_last_event_id_that_is_none_is_malformed() {
    let app = TestApp::start().await;
    for none in ["nonsense", "0fffffffffffffff", "650000000000000000000001"] {
        let request = app.request(Method::GET, "/v1/events/stream").header("last-event-id", none);
        app.send(request).await.problem(400, "malformed_request");
    }
    app.get("/v1/events/stream?pipeline_id=nope").await.problem(400, "malformed_request");
    app.get("/v1/events/stream?since=1").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn last_event_id_resumes_without_a_gap_or_a_double_over_a_restart_and_over_servers() {
    let mut app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({}))])).await;
    let all = app.walk_events("").await;
    let mut stream = Stream::open(&app, 1, "", Some(all[0]["id"].as_str().unwrap())).await;
    let mut seen = stream.take(1).await;
    app.succeed("a").await;
    seen.extend(stream.take(1).await);
    // Its server goes in the middle; what it had not sent yet another one sends.
    app.stop_last_server().await;
    let rest = stream.rest().await;
    seen.extend(rest);
    let last = |seen: &[serde_json::Value]| seen.last().unwrap()["id"].as_str().unwrap().to_owned();
    let mut stream = Stream::open(&app, 0, "", Some(&last(&seen))).await;
    app.submit(json!([job("b", json!({}))])).await;
    let all = app.walk_events("").await;
    seen.extend(stream.take(all.len() - 1 - seen.len()).await);
    assert_eq!(ids(&seen), ids(&all[1..]));
    drop(stream);
    let again = app.add_server().await;
    let mut stream = Stream::open(&app, again, "", Some(&last(&all[..3]))).await;
    assert_eq!(stream.take(all.len() - 3).await, all[3..]);
    app.finish().await;
}

#[tokio::test]
async fn a_stream_outlasts_an_outage_of_the_database() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    app.walk_events("").await;
    let mut stream = Stream::open(&app, 0, "", None).await;
    app.submit(json!([job("a", json!({}))])).await;
    let before = stream.take(2).await;
    outage.begin().await;
    app.get("/v1/events").await.problem(503, "database_unavailable");
    outage.end().await;
    windlass_tests::eventually("the service is well again", || async {
        Some(app.get("/readyz").await).filter(|ready| ready.status == 200)
    })
    .await;
    app.submit(json!([job("b", json!({}))])).await;
    let after = stream.take(2).await;
    let all: Vec<_> = before.into_iter().chain(after).collect();
    assert_eq!(all, app.walk_events("").await);
    app.finish().await;
    outage.finish().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_server_and_one_that_nobody_reads_does_not_hold_it_up() {
    let mut app = TestApp::start_servers(2).await;
    let mut unread = RawConnection::open(app.address(1)).await;
    unread.send(b"GET /v1/events/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let stream = Stream::open(&app, 1, "", None).await;
    let reading = tokio::spawn(stream.rest());
    let jobs: Vec<_> = (0..1_000).map(|n| job(&format!("job-{n}"), json!({"tasks": []}))).collect();
    for _ in 0..6 {
        let body = json!({"name": "n", "correlation_id": "c".repeat(200), "jobs": jobs});
        app.post("/v1/pipelines", body).await.expect(201);
    }
    let all = app.walk_events("").await;
    let begun = std::time::Instant::now();
    app.stop_last_server().await;
    assert!(begun.elapsed() < LONG / 2, "took {:?}", begun.elapsed());
    let sent = reading.await.unwrap();
    assert_eq!(ids(&sent), &ids(&all)[..sent.len()], "what it sent before the stop, in order");
    app.finish().await;
}

#[tokio::test]
async fn a_stream_on_which_nothing_happens_has_a_comment_every_15_seconds() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    app.settle_events().await;
    let mut stream = Stream::open(&app, 0, &format!("?pipeline_id={}", id(&pipeline)), None).await;
    stream.comments(1).await;
    let begun = std::time::Instant::now();
    stream.comments(2).await;
    let took = begun.elapsed().as_secs_f64();
    assert!((14.0..17.0).contains(&took), "{took}");
    app.succeed("a").await;
    assert_eq!(stream.next().await["to"], "running", "and goes on");
    drop(stream);
    app.finish().await;
}
