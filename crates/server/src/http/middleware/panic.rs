//! A defect that panics is answered like any other.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::http::Problem;

/// 500; the panic's words are told where it happened, by the process's hook, and to no client.
pub(super) fn answer(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal().into_response()
}
