//! A defect that panics is answered like any other.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::http::Problem;

/// 500; the panic's message is logged where it happened, by the process's hook, and shown to no client.
pub(super) fn answer(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal().into_response()
}
