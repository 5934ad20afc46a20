//! The span of a request: of one that comes with a context, or that creates what a trace is about.

use std::time::SystemTime;

use axum::http::Method;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;
use windlass_store::{LeasedTask, Trace};

use super::exporter::Traces;
use super::{context, ids};

/// The span of a request under way; boxed, since thousands of waiting polls have none, and would each hold its memory.
pub(crate) struct RequestSpan(Box<Span>);

/// A request, as far as its span shows it.
pub(crate) struct TracedRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: &'a str,
    /// The request id.
    pub(crate) id: &'a str,
    /// The trace that the caller says it belongs to.
    pub(crate) trace: Trace,
    /// What the call means; `None`: nothing that a trace shows.
    pub(crate) operation: Option<Operation>,
}

/// What a call means, in the words for messaging.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    /// `messaging.operation.name`.
    pub(crate) name: &'static str,
    /// `messaging.operation.type`.
    pub(crate) kind: &'static str,
    /// Whether it begins a trace where the caller has none.
    pub(crate) begins_trace: bool,
}

/// The trace that a create begins, for what it creates.
#[derive(Debug, Clone)]
pub(crate) struct Begun(pub(crate) Trace);

impl RequestSpan {
    /// Begins the span of this request, if it is to have one.
    pub(crate) fn begin(traces: &Traces, request: TracedRequest<'_>) -> Option<Self> {
        let TracedRequest { method, route, id, trace, operation } = request;
        let parent = context::read(trace.traceparent.as_deref(), trace.tracestate.as_deref());
        let around = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None if operation.is_some_and(|operation| operation.begins_trace) => Context::new(),
            None => return None,
        };
        let mut attributes = vec![
            KeyValue::new("http.request.method", method.to_string()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("windlass.request_id", id.to_owned()),
        ];
        if let Some(operation) = operation {
            attributes.push(KeyValue::new("messaging.system", "windlass"));
            attributes.push(KeyValue::new("messaging.operation.name", operation.name));
            attributes.push(KeyValue::new("messaging.operation.type", operation.kind));
        }
        let builder = SpanBuilder::from_name(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = traces.tracer().build_with_context(builder, &around);
        span.is_recording().then(|| Self(Box::new(span)))
    }

    /// Its own context.
    pub(crate) fn context(&self) -> &SpanContext {
        self.0.span_context()
    }

    /// Its own context, as what it creates stores it.
    pub(crate) fn begun(&self) -> Begun {
        Begun(context::stored(self.context()))
    }

    /// Ends it with its answer.
    pub(crate) fn end(mut self, status: u16) {
        self.0.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            self.0.set_attribute(KeyValue::new("error.type", status.to_string()));
            self.0.set_status(Status::error(""));
        }
        self.0.end();
    }
}

impl Traces {
    /// Makes the spans of their attempts the parents that the workers of these tasks see, and, unless that was done before, makes spans of
    /// how long the tasks have waited.
    pub(crate) fn hand_over(&self, tasks: &mut [LeasedTask], repeated: bool) {
        for task in tasks {
            let Some(pipeline) = context::sampled(task.traceparent.as_deref(), task.tracestate.as_deref())
            else {
                continue;
            };
            if let (Some(since), false) = (task.waiting_since, repeated) {
                let job = context::below(&pipeline, ids::job_span(task.job_id, task.job_run));
                self.wait(task, &job, (since.into(), task.leased_at.into()));
            }
            let attempt = context::below(&pipeline, ids::attempt_span(task.lease_token));
            task.traceparent = Some(context::traceparent(&attempt));
        }
    }

    fn wait(&self, task: &LeasedTask, job: &SpanContext, (since, until): (SystemTime, SystemTime)) {
        let builder = SpanBuilder::from_name(format!("wait {}", task.type_name))
            .with_start_time(since)
            .with_attributes(vec![
                KeyValue::new("messaging.system", "windlass"),
                KeyValue::new("messaging.destination.name", task.type_name.clone()),
                KeyValue::new("messaging.message.id", task.id.to_string()),
                KeyValue::new("messaging.message.conversation_id", task.correlation_id.clone()),
                KeyValue::new("windlass.attempt", i64::from(task.attempt)),
            ]);
        let around = Context::new().with_remote_span_context(job.clone());
        self.tracer().build_with_context(builder, &around).end_with_timestamp(until.max(since));
    }
}
