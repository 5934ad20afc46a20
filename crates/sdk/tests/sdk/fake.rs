//! A server that records what it is asked, and answers by a script.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use uuid::Uuid;
use windlass_sdk::wire::{Code, Problem, TaskState};
use windlass_sdk::{Backoff, Client, Key};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Longer than anything that a test waits for.
const DEADLINE: Duration = Duration::from_secs(10);
/// As long as a dequeue of the worker's waits at most.
const WAIT: Duration = Duration::from_mins(1);

/// One request, as it came.
pub(crate) struct Seen {
    /// The last segment of the path.
    pub(crate) verb: String,
    pub(crate) body: Value,
    pub(crate) raw: Vec<u8>,
    pub(crate) query: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) traceparent: Option<String>,
    pub(crate) last_event: Option<String>,
    pub(crate) authorization: Option<String>,
}

/// A running server; it stops when dropped.
pub(crate) struct Fake {
    server: MockServer,
    requests: UnboundedReceiver<Seen>,
}

impl Fake {
    /// A server that answers the n-th request (from 0) as `script` says, by its verb.
    pub(crate) async fn start(
        script: impl Fn(usize, &Seen) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        let (sender, requests) = unbounded_channel();
        let count = AtomicUsize::new(0);
        let respond = move |request: &Request| answer(&script, &count, &sender, request);
        Mock::given(any()).respond_with(respond).mount(&server).await;
        Self { server, requests }
    }

    /// A server with one task to lease, which accepts every report; `script` may answer otherwise.
    pub(crate) async fn with_task(
        payload: Value,
        script: impl Fn(&Seen) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        let dequeues = Arc::new(AtomicUsize::new(0));
        Self::start(move |_, seen| {
            script(seen).unwrap_or_else(|| match seen.verb.as_str() {
                "dequeue" if dequeues.fetch_add(1, Ordering::SeqCst) == 0 => {
                    ok(json!({"tasks": [leased(&payload)]}))
                }
                "dequeue" => ok(json!({"tasks": []})).set_delay(WAIT),
                "heartbeat" => renewed(seen),
                "progress" => ok(json!({"lease_expires_at": "2026-11-22T20:00:00Z"})),
                _ => ok(task()),
            })
        })
        .await
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(Key::none())
    }

    pub(crate) fn client_with(&self, key: Key) -> Client {
        let quick = Backoff {
            min_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(10),
            total_delay: Duration::from_secs(5),
        };
        Client::builder(self.server.uri()).backoff(quick).key(key).build().unwrap()
    }

    pub(crate) fn client_url(&self) -> String {
        self.server.uri()
    }

    /// The next request, within a deadline.
    pub(crate) async fn next(&mut self) -> Seen {
        timeout(DEADLINE, self.requests.recv()).await.expect("no request came").expect("the server is gone")
    }

    /// The next request of `verb`, within a deadline; others are passed over.
    pub(crate) async fn next_of(&mut self, verb: &str) -> Seen {
        loop {
            let seen = self.next().await;
            if seen.verb == verb {
                return seen;
            }
        }
    }

    /// The verbs of all requests that nobody took yet, in the order in which they came.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).map(|seen| seen.verb).collect()
    }
}

fn answer(
    script: &impl Fn(usize, &Seen) -> ResponseTemplate,
    count: &AtomicUsize,
    sender: &UnboundedSender<Seen>,
    request: &Request,
) -> ResponseTemplate {
    let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let seen = Seen {
        verb: request.url.path().rsplit('/').next().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&request.body).unwrap_or_default(),
        raw: request.body.clone(),
        query: request.url.query().map(str::to_owned),
        key: header("idempotency-key"),
        traceparent: header("traceparent"),
        last_event: header("last-event-id"),
        authorization: header("authorization"),
    };
    let response = script(count.fetch_add(1, Ordering::SeqCst), &seen);
    // A test that has seen enough has dropped the receiver.
    let _ = sender.send(seen);
    response
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn problem(code: Code) -> ResponseTemplate {
    ResponseTemplate::new(code.status()).set_body_json(Problem::new(code, "as the test says"))
}

/// Every lease of a round of heartbeats is renewed.
pub(crate) fn renewed(seen: &Seen) -> ResponseTemplate {
    round(seen, |id| json!({"id": id, "lease_expires_at": "2026-11-22T20:00:00Z"}))
}

/// Every lease of a round of heartbeats is lost, its task being in `state`.
pub(crate) fn lost(seen: &Seen, state: TaskState) -> ResponseTemplate {
    let mut problem = Problem::new(Code::LeaseLost, "as the test says");
    problem.task_state = Some(state);
    round(seen, |id| json!({"id": id, "problem": problem}))
}

fn round(seen: &Seen, result: impl Fn(&Value) -> Value) -> ResponseTemplate {
    let results: Vec<_> =
        seen.body["tasks"].as_array().unwrap().iter().map(|item| result(&item["id"])).collect();
    ok(json!({"results": results}))
}

pub(crate) fn leased(payload: &Value) -> Value {
    json!({
        "id": Uuid::now_v7(), "type": "work", "job_id": Uuid::now_v7(), "job_key": "work",
        "pipeline_id": Uuid::now_v7(), "pipeline_name": "p", "attempt": 1, "max_attempts": 3,
        "payload": payload, "job_payload": null, "metadata": {}, "lease_token": Uuid::new_v4(),
        "lease_expires_at": "2026-11-22T20:00:00Z", "timeout_seconds": null, "correlation_id": "c",
        "traceparent": null, "tracestate": null, "a_field_of_a_later_version": 1,
    })
}

pub(crate) fn task() -> Value {
    json!({
        "id": Uuid::now_v7(), "job_id": Uuid::now_v7(), "pipeline_id": Uuid::now_v7(), "type": "work",
        "state": "succeeded", "payload": null, "metadata": {}, "attempt": 1, "max_attempts": 3, "run_at": null,
        "progress": null, "result": null, "error": null, "worker_id": null, "lease_expires_at": null,
        "created_at": "2026-11-22T20:00:00Z", "started_at": null, "ended_at": null,
    })
}

pub(crate) fn queue(r#type: &str) -> Value {
    json!({
        "type": r#type, "paused": false, "max_running": null, "queued": 0, "scheduled": 0, "running": 0,
        "oldest_queued_seconds": null,
        "workers": 0,
    })
}
