//! The shape of a pipeline's trace: create, wait, attempt, retry, complete, dependents.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use rustix::process::Signal;
use serde_json::Value;

use super::collector::{Collector, attribute};
use crate::http::ask_with;
use crate::running::{TestDirectory, Windlass};

/// The producer's trace, and its span.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PRODUCER: &str = "b7ad6b7169203331";
/// The worker's own span below an attempt.
const WORKER: &str = "00f067aa0ba902b7";
/// In every payload; no span may show it.
const SECRET: &str = "tell-nobody";

/// A server that traces, and its collector.
struct Traced {
    windlass: Windlass,
    collector: Collector,
    _directory: TestDirectory,
}

impl Traced {
    fn serve() -> Self {
        let (directory, collector) = (TestDirectory::new(), Collector::start());
        let data = directory.data();
        let windlass = Windlass::serve_with_variables(
            &["--data-dir", data.to_str().unwrap()],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()), ("OTEL_SERVICE_NAME", "jobs")],
        );
        Self { windlass, collector, _directory: directory }
    }

    /// A call that must be answered well, in a context or in none.
    fn call(&self, path: &str, traceparent: Option<&str>, body: &str) -> Value {
        let headers = traceparent.map(|parent| format!("traceparent: {parent}\r\n")).unwrap_or_default();
        let answer = ask_with(self.windlass.address(), "POST", path, &headers, body);
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        answer.body
    }

    /// The next task of a type.
    fn lease(&self, kind: &str) -> Value {
        let body = format!(r#"{{"types": ["{kind}"], "worker_id": "w", "wait_seconds": 30}}"#);
        let leased = self.call("/v1/tasks/dequeue", None, &body);
        assert_eq!(leased["tasks"].as_array().unwrap().len(), 1, "{leased}");
        leased["tasks"][0].clone()
    }

    fn report(&self, leased: &Value, verb: &str, traceparent: Option<&str>, more: &str) {
        let path = format!("/v1/tasks/{}/{verb}", leased["id"].as_str().unwrap());
        let token = leased["lease_token"].as_str().unwrap();
        self.call(&path, traceparent, &format!(r#"{{"lease_token": "{token}"{more}}}"#));
    }

    /// Stops the server, which sends what is left, and returns all spans.
    fn spans(mut self) -> Vec<Span> {
        self.windlass.signal(Signal::TERM);
        let status = self.windlass.ended();
        assert!(status.success(), "{}", self.windlass.said());
        assert!(self.collector.services().iter().all(|service| service == "jobs"));
        self.collector.spans()
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn of(span: &Span, name: &str) -> String {
    attribute(&span.attributes, name).unwrap_or_default()
}

/// The spans of this name, by when they began.
fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    let mut named: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    named.sort_by_key(|span| span.start_time_unix_nano);
    named
}

fn one<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let [span] = named(spans, name)[..] else { panic!("{name}: {spans:#?}") };
    span
}

#[test]
fn one_trace_shows_create_wait_attempt_retry_complete_and_dependents() {
    let traced = Traced::serve();
    let producer = format!("00-{TRACE}-{PRODUCER}-01");
    let pipeline = format!(
        r#"{{"name": "ingest", "correlation_id": "order-42", "jobs": [
            {{"key": "first", "type": "extract", "payload": "{SECRET}",
              "retry": {{"initial_delay_seconds": 0.05, "jitter": 0}}}},
            {{"key": "second", "type": "load", "depends_on": ["first"]}}]}}"#
    );
    let made = traced.call("/v1/pipelines", Some(&producer), &pipeline);
    assert_eq!(made["traceparent"], producer, "a producer's context is stored as it came");
    let first = traced.lease("extract");
    let error = format!(r#", "error": {{"category": "network_error", "message": "{SECRET}"}}"#);
    traced.report(&first, "fail", None, &error);
    let second = traced.lease("extract");
    let worker = format!("00-{TRACE}-{WORKER}-01");
    traced.report(&second, "complete", Some(&worker), &format!(r#", "result": "{SECRET}""#));
    let load = traced.lease("load");
    traced.report(&load, "complete", None, "");
    let spans = traced.spans();

    assert!(spans.iter().all(|span| hex(&span.trace_id) == TRACE), "polls begin no traces: {spans:#?}");
    assert!(!format!("{spans:?}").contains(SECRET), "{spans:#?}");
    let create = one(&spans, "POST /v1/pipelines");
    assert_eq!((create.kind(), hex(&create.parent_span_id)), (SpanKind::Server, PRODUCER.to_owned()));
    assert_eq!(of(create, "messaging.operation.type"), "create");

    let (extract, loaded) = (one(&spans, "job extract"), one(&spans, "job load"));
    assert_eq!([extract, loaded].map(|job| hex(&job.parent_span_id)), [PRODUCER, PRODUCER]);
    assert_eq!(loaded.links.iter().map(|link| &link.span_id).collect::<Vec<_>>(), [&extract.span_id]);

    let (waits, tries) = (named(&spans, "wait extract"), named(&spans, "attempt extract"));
    assert_eq!((waits.len(), tries.len()), (2, 2), "{spans:#?}");
    for span in waits.iter().chain(&tries) {
        assert_eq!(span.parent_span_id, extract.span_id, "{}", span.name);
        assert_eq!(of(span, "messaging.system"), "windlass");
        assert_eq!(of(span, "messaging.destination.name"), "extract");
        assert_eq!(of(span, "messaging.message.id"), first["id"].as_str().unwrap());
        assert_eq!(of(span, "messaging.message.conversation_id"), "order-42");
    }
    for (attempt, leased) in tries.iter().zip([&first, &second]) {
        let parent = format!("00-{TRACE}-{}-01", hex(&attempt.span_id));
        assert_eq!(leased["traceparent"], parent, "the worker hangs below its attempt");
        assert_eq!(
            (attempt.kind(), of(attempt, "messaging.operation.type")),
            (SpanKind::Consumer, "process".to_owned())
        );
    }
    assert_eq!(tries.iter().map(|attempt| of(attempt, "windlass.attempt")).collect::<String>(), "12");
    assert_eq!(
        tries.iter().map(|attempt| of(attempt, "windlass.outcome")).collect::<Vec<_>>(),
        ["failed", "succeeded"]
    );
    assert_eq!(tries[0].status.as_ref().unwrap().code(), StatusCode::Error);
    assert_eq!(of(tries[0], "error.type"), "network_error");
    assert_eq!(tries[0].events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["retry"]);
    assert!(tries[1].events.is_empty());

    let line = [
        waits[0].start_time_unix_nano,
        tries[0].start_time_unix_nano,
        tries[0].end_time_unix_nano,
        waits[1].start_time_unix_nano,
        tries[1].start_time_unix_nano,
        tries[1].end_time_unix_nano,
        one(&spans, "wait load").end_time_unix_nano,
    ];
    assert!(line.is_sorted(), "{line:?}");
    assert_eq!(waits.iter().map(|wait| wait.end_time_unix_nano).collect::<Vec<_>>(), [line[1], line[4]]);
    let whole = one(&spans, "pipeline ingest");
    assert!(whole.start_time_unix_nano <= line[0] && whole.end_time_unix_nano >= line[6]);
    let complete = one(&spans, "POST /v1/tasks/{id}/complete");
    assert_eq!(
        (hex(&complete.parent_span_id), of(complete, "messaging.operation.type")),
        (WORKER.to_owned(), "settle".to_owned())
    );
}

#[test]
fn a_create_without_a_context_begins_a_trace_and_one_that_is_not_sampled_has_none() {
    let traced = Traced::serve();
    let begun = traced.call("/v1/pipelines", None, r#"{"name": "a", "jobs": [{"key": "a", "type": "a"}]}"#);
    let unsampled = format!("00-{TRACE}-{PRODUCER}-00");
    let silent = traced.call(
        "/v1/pipelines",
        Some(&unsampled),
        r#"{"name": "b", "jobs": [{"key": "b", "type": "b"}]}"#,
    );
    assert_eq!(silent["traceparent"], unsampled);
    for kind in ["a", "b"] {
        let leased = traced.lease(kind);
        if kind == "b" {
            assert_eq!(leased["traceparent"], unsampled, "passed on as it came");
        }
        traced.report(&leased, "complete", None, "");
    }
    let spans = traced.spans();
    let create = one(&spans, "POST /v1/pipelines");
    let context = format!("00-{}-{}-01", hex(&create.trace_id), hex(&create.span_id));
    assert_eq!((begun["traceparent"].as_str(), &create.parent_span_id[..]), (Some(&context[..]), &[][..]));
    assert_eq!(one(&spans, "job a").parent_span_id, create.span_id);
    assert!(spans.iter().all(|span| span.trace_id == create.trace_id), "{spans:#?}");
}

#[test]
fn a_collector_that_is_away_holds_up_nothing() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let windlass = Windlass::serve_with_variables(
        &["--data-dir", data.to_str().unwrap()],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    let job = r#"{"type": "a"}"#;
    assert_eq!(ask_with(windlass.address(), "POST", "/v1/jobs", "", job).status, 201);
    windlass.stop();
}

#[test]
fn a_collector_that_never_answers_does_not_keep_a_server_from_stopping() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut windlass = Windlass::serve_with_variables(
        &["--data-dir", data.to_str().unwrap()],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    let job = r#"{"type": "a"}"#;
    assert_eq!(ask_with(windlass.address(), "POST", "/v1/jobs", "", job).status, 201);
    let begun = Instant::now();
    windlass.signal(Signal::TERM);
    let status = windlass.ended();
    assert!(status.success(), "{status}: {}", windlass.said());
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn without_the_variables_nothing_is_traced() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let made = ask_with(
        windlass.address(),
        "POST",
        "/v1/pipelines",
        "",
        r#"{"name": "n", "jobs": [{"key": "a", "type": "a"}]}"#,
    );
    assert_eq!((made.status, &made.body["traceparent"]), (201, &Value::Null), "{}", made.text);
    windlass.stop();
}
