//! The trace that a call or a task belongs to, as text.

use windlass_wire::LeasedTask;

/// A W3C trace context: what a call sends as `traceparent` and `tracestate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Version, trace id, parent id and flags, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    pub traceparent: String,
    /// The vendors' part; default none.
    pub tracestate: Option<String>,
}

impl TraceContext {
    /// The context of a leased task, when its pipeline has one.
    pub fn of(task: &LeasedTask) -> Option<Self> {
        let traceparent = task.traceparent.clone()?;
        Some(Self { traceparent, tracestate: task.tracestate.clone() })
    }

    /// The id that all spans of the trace share.
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent.split('-').nth(1)
    }
}
