//! Carrying a trace from the producer's request to the worker's last line.
//!
//! The trace context is passed on as text, as the W3C writes it: a worker that leases a task gets what its producer sent, and a client
//! that has one sends it with every call. With the feature `opentelemetry`, a handler's span continues that trace, and calls made
//! in a span carry the span's own context.

use reqwest::RequestBuilder;
use windlass_wire::LeasedTask;

use crate::TraceContext;
use crate::worker::TaskLog;

/// The span that a handler and its report run in. What happens in it is of this log.
pub(crate) fn task_span(task: &LeasedTask, log: &TaskLog) -> tracing::Span {
    let context = TraceContext::of(task);
    #[cfg(feature = "log-layer")]
    let span = crate::log_layer::spanned(log, || bare_span(task, context.as_ref()));
    #[cfg(not(feature = "log-layer"))]
    let (span, _) = (bare_span(task, context.as_ref()), log);
    #[cfg(feature = "opentelemetry")]
    crate::opentelemetry::continue_in(&span, context.as_ref());
    span
}

fn bare_span(task: &LeasedTask, context: Option<&TraceContext>) -> tracing::Span {
    tracing::info_span!(
        "task",
        task_id = %task.id,
        r#type = task.r#type,
        attempt = task.attempt,
        pipeline_id = %task.pipeline_id,
        correlation_id = task.correlation_id,
        trace_id = context.and_then(TraceContext::trace_id),
    )
}

/// The request with the context of the present span, or else the client's own.
pub(crate) fn inject(request: RequestBuilder, context: Option<&TraceContext>) -> RequestBuilder {
    #[cfg(feature = "opentelemetry")]
    let current = crate::opentelemetry::current();
    #[cfg(feature = "opentelemetry")]
    let context = current.as_ref().or(context);
    let Some(context) = context else { return request };
    let request = request.header("traceparent", &context.traceparent);
    match &context.tracestate {
        Some(tracestate) => request.header("tracestate", tracestate),
        None => request,
    }
}
