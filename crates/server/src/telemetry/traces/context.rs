//! W3C trace contexts, as headers and columns hold them.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use windlass_store::Trace;

/// The context that a `traceparent` names; `None` if there is none, or one that is not sampled.
pub(super) fn sampled(traceparent: Option<&str>, tracestate: Option<&str>) -> Option<SpanContext> {
    read(traceparent, tracestate).filter(SpanContext::is_sampled)
}

/// The context that a `traceparent` names.
pub(super) fn read(traceparent: Option<&str>, tracestate: Option<&str>) -> Option<SpanContext> {
    let mut parts = traceparent?.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let parent = SpanId::from_hex(parts.next()?).ok()?;
    let flags = u8::from_str_radix(parts.next()?, 16).ok()?;
    let state: Option<TraceState> = tracestate.and_then(|state| state.parse().ok());
    let context = SpanContext::new(trace, parent, TraceFlags::new(flags), true, state.unwrap_or_default());
    context.is_valid().then_some(context)
}

/// The same trace with another span as the parent of what follows.
pub(super) fn below(context: &SpanContext, span: SpanId) -> SpanContext {
    SpanContext::new(context.trace_id(), span, context.trace_flags(), true, context.trace_state().clone())
}

/// As a `traceparent`.
pub(super) fn traceparent(context: &SpanContext) -> String {
    let flags = context.trace_flags().to_u8();
    format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id())
}

/// As a producer's own context would be stored.
pub(super) fn stored(context: &SpanContext) -> Trace {
    let state = context.trace_state().header();
    Trace { traceparent: Some(traceparent(context)), tracestate: (!state.is_empty()).then_some(state) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_reads_back_with_another_parent_and_its_state() {
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = sampled(Some(sent), Some("a=1,b=2")).unwrap();
        assert_eq!(traceparent(&context), sent);
        assert_eq!(stored(&context).tracestate.as_deref(), Some("a=1,b=2"));
        let other = below(&context, SpanId::from_hex("00f067aa0ba902b7").unwrap());
        assert_eq!(traceparent(&other), "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
        assert!(sampled(Some(&sent.replace("-01", "-00")), None).is_none());
        assert!(sampled(None, Some("a=1")).is_none());
    }
}
