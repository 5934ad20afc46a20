//! For every request: its id, a line in the log, and a count in the metrics.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use tokio::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

use super::admit::admit;
use crate::app::App;
use crate::correlation;
use crate::http::headers::{REQUEST_ID, RequestId, correlation_id, trace};
use crate::http::surfaces;
use crate::telemetry::{self, Operation, RequestSpan, TracedRequest};

/// The route of what matches none.
const UNMATCHED: &str = "unmatched";

/// Routes whose calls are too many for a line each while they go well.
pub(super) type Routine = Arc<HashSet<String>>;

/// Names the request for everything within, and logs how it went. Payloads are never logged.
///
/// A function that returns a future rather than an async one: ten thousand waiting polls each hold what it is made of, and an async
/// function holds its arguments twice.
pub(super) fn observe(
    State((app, routine)): State<(App, Routine)>,
    mut request: Request,
    next: Next,
) -> impl Future<Output = Response> {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(id.clone());
    let span =
        tracing::info_span!("request", request_id = id.as_str(), correlation_id = Empty, trace_id = Empty);
    let named = correlation_id(request.headers());
    let traced = app.traces().and_then(|traces| {
        let (id, trace) = (id.as_str(), trace(request.headers()));
        let request = TracedRequest {
            method: &method,
            route: &route,
            id,
            trace,
            operation: operation(&method, &route),
        };
        RequestSpan::begin(traces, request)
    });
    if let Some(traced) = &traced {
        span.record("trace_id", tracing::field::display(traced.context().trace_id()));
        request.extensions_mut().insert(traced.begun());
    }
    let answered = admit(&app, request, next).inspect(|_| correlation::settle());
    let answered =
        correlation::within(id.to_shared(), named, span.clone(), answered.instrument(span.clone()));
    answered.map(move |mut response| {
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.to_header());
        // What a caller stored is JSON, whatever a browser would guess from its text.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let (status, took) = (response.status().as_u16(), began.elapsed());
        telemetry::count_request(&method, &route, status, took);
        if let Some(traced) = traced {
            traced.end(status);
        }
        span.in_scope(|| log(&method, &route, status, took, status < 300 && routine.contains(&route)));
        response
    })
}

/// The line of an answer; one that is `quiet` is for those who ask for `debug`.
fn log(method: &Method, route: &str, status: u16, took: Duration, quiet: bool) {
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if quiet {
        tracing::debug!(%method, route, status, took_us, "answered");
    } else {
        tracing::info!(%method, route, status, took_us, "answered");
    }
}

/// What the call means to a trace.
fn operation(method: &Method, route: &str) -> Option<Operation> {
    let surface = surfaces::of(route)?;
    (surface.operation)(method, surface.below(route)?)
}
