//! `GET /v1/events/stream`.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use windlass_tests::{LONG, TestApp, eventually, id, job};

/// A stream of server-sent events, read event by event.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(app: &TestApp, query: &str, last_event_id: Option<&str>) -> Self {
        let mut request = app.request(Method::GET, &format!("/v1/events/stream{query}"));
        if let Some(last) = last_event_id {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self { response, text: String::new() }
    }

    /// The id and the data of the next event, whatever comments stand between.
    async fn next(&mut self) -> (String, Value) {
        tokio::time::timeout(LONG, self.read()).await.expect("an event comes in time")
    }

    async fn read(&mut self) -> (String, Value) {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let event = field("id:").zip(field("data:"));
                let length = self.text.len() - rest.len();
                self.text.drain(..length);
                if let Some((id, data)) = event {
                    return (id, serde_json::from_str(&data).unwrap());
                }
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn a_stream_tells_what_happens_from_now_on() {
    let app = TestApp::start().await;
    let before = app.submit(json!([job("a", json!({}))])).await;
    eventually("it is told", || async { (app.page("/v1/events").await.0.len() == 2).then_some(()) }).await;
    let mut stream = Stream::open(&app, "", None).await;
    let pipeline = app.submit(json!([job("b", json!({}))])).await;
    for _ in 0..2 {
        let (id, event) = stream.next().await;
        assert_eq!((&event["id"], &event["pipeline_id"]), (&json!(id), &pipeline["id"]));
        assert_ne!(event["pipeline_id"], before["id"]);
    }
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_stream_goes_on_from_the_last_event_id() {
    let app = TestApp::start_servers(2).await;
    let mut stream = Stream::open(&app, "", None).await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    let (first, _) = stream.next().await;
    drop(stream);
    app.succeed("a").await;
    let mut stream = Stream::open(&app, &format!("?pipeline_id={}", id(&pipeline)), Some(&first)).await;
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(stream.next().await.1);
    }
    drop(stream);
    let all = eventually("all is told", || async {
        let (items, _) = app.page("/v1/events").await;
        (items.len() == 8).then_some(items)
    })
    .await;
    assert_eq!(seen, all[1..]);
    app.finish().await;
}

#[tokio::test]
async fn a_stream_can_be_of_one_pipeline() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({}))])).await;
    eventually("it is told", || async { (app.page("/v1/events").await.0.len() == 2).then_some(()) }).await;
    let mut stream = Stream::open(&app, &format!("?pipeline_id={}", id(&pipeline)), None).await;
    app.submit(json!([job("b", json!({}))])).await;
    app.succeed("b").await;
    app.lease("a").await;
    for _ in 0..3 {
        assert_eq!(stream.next().await.1["pipeline_id"], pipeline["id"]);
    }
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_last_event_id_that_is_none_is_malformed() {
    let app = TestApp::start().await;
    let request = app.request(Method::GET, "/v1/events/stream").header("last-event-id", "nonsense");
    app.send(request).await.problem(400, "malformed_request");
    app.get("/v1/events/stream?pipeline_id=nope").await.problem(400, "malformed_request");
    app.get("/v1/events/stream?since=1").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn an_open_stream_does_not_keep_the_server_from_stopping() {
    let mut app = TestApp::start_servers(2).await;
    let response = app.request_to(1, Method::GET, "/v1/events/stream").send().await.unwrap();
    let begun = std::time::Instant::now();
    app.stop_last_server().await;
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    drop(response);
    app.finish().await;
}
