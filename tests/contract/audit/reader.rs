//! A reader of server-sent events.

use std::collections::VecDeque;

use reqwest::{Method, Response};
use serde_json::Value;
use windlass_tests::{LONG, MARKER, TestApp};

/// A stream as it comes; it passes over comments and markers.
pub(super) struct Stream {
    response: Response,
    begun: Vec<u8>,
    ready: VecDeque<Value>,
    /// Comments that came.
    comments: usize,
}

impl Stream {
    /// Opens the stream of one of the servers, behind an event or from now on.
    pub(super) async fn open(app: &TestApp, server: usize, query: &str, last: Option<&str>) -> Self {
        let mut request = app.request_to(server, Method::GET, &format!("/v1/events/stream{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, begun: Vec::new(), ready: VecDeque::new(), comments: 0 }
    }

    /// The next event, within a deadline that comments do not extend.
    pub(super) async fn next(&mut self) -> Value {
        let next = async {
            loop {
                if let Some(event) = self.ready.pop_front() {
                    return event;
                }
                assert!(self.read().await, "the stream ended");
            }
        };
        tokio::time::timeout(LONG, next).await.expect("an event comes in time")
    }

    /// The next events, so many of them.
    pub(super) async fn take(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            events.push(self.next().await);
        }
        events
    }

    /// Waits until so many comments have come, and nothing else.
    pub(super) async fn comments(&mut self, count: usize) {
        while self.comments < count {
            assert!(self.read().await, "the stream ended");
            assert!(self.ready.is_empty(), "{:?}", self.ready);
        }
    }

    /// All that comes until the stream ends.
    pub(super) async fn rest(mut self) -> Vec<Value> {
        while self.read().await {}
        self.ready.into()
    }

    /// Reads on, whatever comes; false at the end.
    async fn read(&mut self) -> bool {
        let chunk = tokio::time::timeout(LONG, self.response.chunk()).await.expect("something comes in time");
        let Some(chunk) = chunk.unwrap() else { return false };
        self.begun.extend_from_slice(&chunk);
        while let Some(end) = self.begun.windows(2).position(|two| two == b"\n\n") {
            let message: Vec<u8> = self.begun.drain(..end + 2).collect();
            let event = event_of(std::str::from_utf8(&message).unwrap());
            self.comments += usize::from(event.is_none());
            self.ready.extend(event.filter(|event| event["correlation_id"] != MARKER));
        }
        true
    }
}

/// The event of a message; none of a comment.
fn event_of(message: &str) -> Option<Value> {
    let lines: Vec<&str> = message.trim_end().lines().collect();
    if lines.iter().all(|line| line.starts_with(':')) {
        return None;
    }
    let [id, data] = lines[..] else { panic!("no message of an id and one line of data: {message:?}") };
    let event: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(id.strip_prefix("id: ").unwrap(), event["id"].as_str().unwrap());
    Some(event)
}

pub(super) fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}
