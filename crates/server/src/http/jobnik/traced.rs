//! What the calls of this surface mean to a trace.

use axum::http::Method;

use crate::telemetry::Operation;

/// The operation of a route, without the base. What is made without a context begins a trace, as its manager does.
pub(super) fn operation(method: &Method, route: &str) -> Option<Operation> {
    let (name, kind, begins_trace) = match (method.as_str(), route) {
        ("POST", "/v1/jobs") => ("create", "create", true),
        ("PATCH", "/v1/stages/{stageType}/tasks/dequeue") => ("dequeue", "receive", false),
        ("PUT", "/v1/tasks/{taskId}/status") => ("report", "settle", false),
        _ => return None,
    };
    Some(Operation { name, kind, begins_trace })
}
