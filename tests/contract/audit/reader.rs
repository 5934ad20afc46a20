//! A reader of server-sent events.

use std::collections::VecDeque;
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;
use windlass_tests::{LONG, MARKER, TestApp};

/// A stream as it comes; it passes over comments and markers.
pub(super) struct Stream {
    response: Response,
    begun: Vec<u8>,
    ready: VecDeque<Value>,
    /// Lines of progress; none may come where the query does not ask for them.
    lines: VecDeque<Value>,
    asks_for_lines: bool,
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
        Self {
            response,
            begun: Vec::new(),
            ready: VecDeque::new(),
            lines: VecDeque::new(),
            asks_for_lines: query.contains("progress=true"),
            comments: 0,
        }
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

    /// The next line of progress.
    pub(super) async fn line(&mut self) -> Value {
        let next = async {
            loop {
                if let Some(line) = self.lines.pop_front() {
                    return line;
                }
                assert!(self.read().await, "the stream ended");
            }
        };
        tokio::time::timeout(LONG, next).await.expect("a line of progress comes in time")
    }

    /// The first line that says so much.
    pub(super) async fn line_of(&mut self, percent: f64) -> Value {
        loop {
            let line = self.line().await;
            if line["percent"] == percent {
                return line;
            }
        }
    }

    /// Whether nothing but comments comes for so long.
    pub(super) async fn is_silent_for(&mut self, length: Duration) -> bool {
        let something = async {
            while self.ready.is_empty() && self.lines.is_empty() {
                assert!(self.read().await, "the stream ended");
            }
        };
        tokio::time::timeout(length, something).await.is_err()
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
            if let Some(line) = line_of(std::str::from_utf8(&message).unwrap()) {
                assert!(self.asks_for_lines, "{line}");
                self.lines.push_back(line);
                continue;
            }
            let event = event_of(std::str::from_utf8(&message).unwrap());
            self.comments += usize::from(event.is_none());
            self.ready.extend(event.filter(|event| event["correlation_id"] != MARKER));
        }
        true
    }
}

/// What a message of the type `progress` says, which has no id.
fn line_of(message: &str) -> Option<Value> {
    let data = message.strip_prefix("event: progress\ndata: ")?.strip_suffix("\n\n")?;
    Some(serde_json::from_str(data).unwrap())
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
