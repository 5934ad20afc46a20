//! What a request belongs to, for its lines in the log.
//!
//! The correlation id is the producer's own name for what it does. It comes with a create's body, is the one of the pipeline that is asked
//! for, or is the header `x-correlation-id`; where nobody says one, it is the request's own id, as it is for a pipeline. A span's field is
//! written once, so it is written when it is known, and at the latest before a line needs it.

use std::cell::Cell;
use std::sync::Arc;

use tracing::Span;

tokio::task_local! {
    static REQUEST: Request;
}

/// A request under way.
struct Request {
    id: Arc<str>,
    span: Span,
    recorded: Cell<bool>,
}

/// Answers a request in a span that names it, and what it belongs to.
pub(crate) fn within<T>(
    id: Arc<str>,
    named: Option<String>,
    span: Span,
    answer: impl Future<Output = T>,
) -> impl Future<Output = T> {
    let request = Request { id, span, recorded: Cell::new(false) };
    if let Some(named) = named {
        request.record(&named);
    }
    REQUEST.scope(request, answer)
}

/// The request under way belongs to this.
pub(crate) fn belongs_to(correlation_id: &str) {
    let _outside_a_request = REQUEST.try_with(|request| request.record(correlation_id));
}

/// A line is about to be written: what nobody has named until now belongs to itself.
pub(crate) fn settle() {
    let _outside_a_request = REQUEST.try_with(|request| request.record(&request.id));
}

impl Request {
    fn record(&self, correlation_id: &str) {
        if !self.recorded.replace(true) {
            self.span.record("correlation_id", correlation_id);
        }
    }
}
