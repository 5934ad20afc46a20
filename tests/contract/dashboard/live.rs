//! The stream behind pages that follow.

use std::time::Instant;

use reqwest::Response;
use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::{Reader, part};

/// A stream, and what has come of it that was not read yet: a message may come in pieces, and several in one.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(reader: &Reader) -> Self {
        Self { response: reader.look("/ui/stream").await, text: String::new() }
    }

    /// The next message.
    async fn message(&mut self) -> Value {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(data) = block.strip_prefix("data: ") {
                    return serde_json::from_str(data).unwrap();
                }
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads until a message names this.
    async fn until(&mut self, name: &str) {
        while !self.message().await["names"].as_array().is_some_and(|names| names.contains(&json!(name))) {}
    }
}

#[tokio::test]
async fn a_stream_begins_at_a_place_as_a_page_does_and_says_what_has_changed_not_how() {
    let app = TestApp::start().await;
    let made = app.submit(json!([job("a", json!({}))])).await;
    app.settle_events().await;
    let mut reader = Reader::at(&app, 0);
    let path = format!("/ui/pipelines/{}", id(&made));
    let page = reader.page(&path).await;
    let place = part(&page, "data-place=\"", "\"").to_owned();
    assert!(part(&page, "data-watch=\"", "\"").contains(&format!("pipeline:{}", id(&made))));
    let mut stream = Stream::open(&reader).await;
    assert!(stream.message().await["place"].as_str().is_some_and(|place| !place.is_empty()));
    let name = json!(format!("pipeline:{}", id(&made)));
    let mut told = Value::Null;
    // The first that it hears may be that all may have changed.
    for verb in ["pause", "resume"].into_iter().cycle().take(6) {
        reader.act(&path, &[("verb", verb), ("reason", "a secret reason")]).await;
        told = stream.message().await;
        if told["names"].as_array().is_some_and(|names| names.contains(&name)) {
            break;
        }
    }
    assert!(told["names"].as_array().unwrap().contains(&name), "{told}");
    assert_ne!(told["place"], json!(place));
    assert!(!told.to_string().contains("secret"), "{told}");
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn what_has_no_event_is_told_as_well() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    let task = app.lease("a").await;
    let reader = Reader::at(&app, 0);
    let mut stream = Stream::open(&reader).await;
    // What came before the stream and after its page is told first.
    stream.until("workers").await;
    app.post("/v1/tasks/dequeue", json!({"types": ["none"], "worker_id": "another"})).await.expect(200);
    // The list writes down whom the server has only noted yet.
    app.get("/v1/workers").await.expect(200);
    stream.until("workers").await;
    let outcomes = json!([{"subject": "s", "kind": "k", "disposition": "done"}]);
    let body = json!({"lease_token": task["lease_token"], "outcomes": outcomes});
    app.post(&format!("/v1/tasks/{}/outcomes", id(&task)), body).await.expect(200);
    stream.until("outcomes").await;
    let page = Reader::at(&app, 0).page(&format!("/ui/jobs/{}", task["job_id"].as_str().unwrap())).await;
    assert!(part(&page, "data-watch=\"", "\"").split(' ').any(|name| name == "outcomes"));
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn an_attempt_of_a_delivery_is_told_though_it_has_no_event() {
    let app = TestApp::start_with(super::calling_here()).await;
    let url = super::nobodys_address();
    app.post("/v1/webhooks", json!({"url": url, "events": ["pipeline.pending"]})).await.expect(201);
    app.submit(json!([job("a", json!({}))])).await;
    let reader = Reader::at(&app, 0);
    eventually("its deliveries fail", || async {
        Reader::at(&app, 0).page("/ui/").await.contains("its deliveries fail").then_some(())
    })
    .await;
    let mut stream = Stream::open(&reader).await;
    stream.until("webhook").await;
    // The next attempt is due.
    app.advance(10).await;
    stream.until("webhook").await;
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_page_is_told_at_most_twice_a_second_whatever_happens() {
    let app = TestApp::start().await;
    let mut stream = Stream::open(&Reader::at(&app, 0)).await;
    stream.message().await;
    let begun = Instant::now();
    let happening = async {
        while begun.elapsed().as_secs() < 3 {
            app.submit(json!([job("a", json!({}))])).await;
        }
        app.submit(json!([job("b", json!({}))])).await
    };
    let listening = async {
        let (mut told, mut names) = (0.0, Vec::new());
        while begun.elapsed().as_secs() < 3 {
            names.push(stream.message().await);
            told += 1.0;
            assert!(
                told <= begun.elapsed().as_secs_f64() * 2.0 + 1.0,
                "{told} messages in {:?}",
                begun.elapsed()
            );
        }
        names
    };
    let (last, mut told) = tokio::join!(happening, listening);
    let last = json!(format!("pipeline:{}", id(&last)));
    let names_it = |news: &Value| {
        news["all"] == true || news["names"].as_array().is_some_and(|names| names.contains(&last))
    };
    // The newest comes as well, however much was gathered.
    while !told.iter().any(names_it) {
        told.push(stream.message().await);
    }
    drop(stream);
    app.finish().await;
}
