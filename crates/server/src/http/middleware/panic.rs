//! A defect that panics is answered like any other.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::http::{Problem, correlation};

#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
/// 500, and the panic's words in the log only.
pub(super) fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    correlation::settle();
    tracing::error!(panic = text.unwrap_or("of no words"), "a handler panicked");
    Problem::internal().into_response()
}
