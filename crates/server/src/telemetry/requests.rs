//! Requests by route.

use std::time::Duration;

use axum::http::Method;

use super::catalogue::{REQUEST_SECONDS, REQUESTS};

/// Counts an answered request.
pub(crate) fn count_request(method: &Method, route: &str, status: u16, took: Duration) {
    // Methods are the clients' to invent; series are not.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let route = route.to_owned();
    metrics::counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "method" => method, "route" => route).record(took.as_secs_f64());
}
