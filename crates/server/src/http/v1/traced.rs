//! What the calls of this surface mean to a trace.

use axum::http::Method;

use crate::telemetry::Operation;

/// The operation of a route, without the base; its last segment decides.
pub(super) fn operation(method: &Method, route: &str) -> Option<Operation> {
    let (name, kind) = match route.rsplit('/').next()? {
        "pipelines" | "jobs" => ("create", "create"),
        "dequeue" => ("dequeue", "receive"),
        "complete" => ("complete", "settle"),
        "fail" => ("fail", "settle"),
        "release" => ("release", "settle"),
        _ => return None,
    };
    let begins_trace = method == Method::POST && ["/pipelines", "/jobs"].contains(&route);
    Some(Operation { name, kind, begins_trace })
}
