//! Gives every request its id, a line in the log, and its place in the metrics.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

use crate::http::headers::{REQUEST_ID, RequestId};
use crate::telemetry;

/// The route of what matches none.
const UNMATCHED: &str = "unmatched";

/// Names the request for everything within, and tells how it went. Payloads are never logged.
pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = id.as_str());
    let mut response = next.run(request).instrument(span.clone()).await;
    response.headers_mut().insert(REQUEST_ID, id.to_header());
    let (status, took) = (response.status().as_u16(), began.elapsed());
    telemetry::count_request(&method, &route, status, took);
    span.in_scope(|| {
        tracing::info!(%method, route, status, took_us = took.as_micros(), "answered");
    });
    response
}
