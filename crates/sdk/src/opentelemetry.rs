//! Trace contexts to and from `OpenTelemetry`, through the `tracing` layer that the program installs.

use std::str::FromStr;

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::TraceContext;

/// Makes `span` a part of the trace of `context`; what is no trace context begins a trace of its own.
pub(crate) fn continue_in(span: &Span, context: Option<&TraceContext>) {
    let Some(parent) = context.and_then(read) else { return };
    let parent = opentelemetry::Context::new().with_remote_span_context(parent);
    if let Err(error) = span.set_parent(parent) {
        tracing::debug!(%error, "cannot continue the trace");
    }
}

/// The context of the present span, where a layer has one.
pub(crate) fn current() -> Option<TraceContext> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return None;
    }
    let flags = span.trace_flags().to_u8();
    let traceparent = format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id());
    let tracestate = Some(span.trace_state().header()).filter(|state| !state.is_empty());
    Some(TraceContext { traceparent, tracestate })
}

fn read(context: &TraceContext) -> Option<SpanContext> {
    let mut parts = context.traceparent.split('-').skip(1);
    let trace_id = TraceId::from_hex(parts.next()?).ok()?;
    let span_id = SpanId::from_hex(parts.next()?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?);
    let state = context.tracestate.as_deref().and_then(|state| TraceState::from_str(state).ok());
    let context = SpanContext::new(trace_id, span_id, flags, true, state.unwrap_or_default());
    Some(context).filter(SpanContext::is_valid)
}
