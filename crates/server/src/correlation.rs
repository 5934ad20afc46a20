//! What a request belongs to, for its lines in the log.
//!
//! The correlation id is the producer's own name for what it does. It comes with a create's body, stands on the pipeline that is asked for,
//! or is the header `x-correlation-id` of whoever knows it; where nobody says one, it is the request's own id, as it is for a pipeline. A
//! span's field is written once, so it is written when it is known, and at the latest before a line needs it.

use std::cell::Cell;

use axum::http::{HeaderMap, HeaderName};
use tracing::Span;

use super::headers::{RequestId, visible};

/// The header by which a caller says what its call belongs to; for the log only.
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

tokio::task_local! {
    static REQUEST: Request;
}

/// A request under way.
struct Request {
    id: RequestId,
    span: Span,
    told: Cell<bool>,
}

/// What the caller says that its call belongs to.
pub(super) fn named(headers: &HeaderMap) -> Option<String> {
    headers.get(CORRELATION_ID).and_then(visible).map(str::to_owned)
}

/// Answers a request in a span that names it, and what it belongs to.
pub(super) fn within<T>(
    id: RequestId,
    named: Option<String>,
    span: Span,
    answer: impl Future<Output = T>,
) -> impl Future<Output = T> {
    let request = Request { id, span, told: Cell::new(false) };
    if let Some(named) = named {
        request.tell(&named);
    }
    REQUEST.scope(request, answer)
}

/// The request under way belongs to this.
pub(crate) fn belongs_to(correlation_id: &str) {
    let _outside_a_request = REQUEST.try_with(|request| request.tell(correlation_id));
}

/// A line is about to be written: what nobody has named until now belongs to itself.
pub(crate) fn settle() {
    let _outside_a_request = REQUEST.try_with(|request| request.tell(request.id.as_str()));
}

impl Request {
    fn tell(&self, correlation_id: &str) {
        if !self.told.replace(true) {
            self.span.record("correlation_id", correlation_id);
        }
    }
}
