//! Turns calls away once the server stops, and counts those that were begun before.

use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use windlass_wire::Code;

use crate::app::App;
use crate::http::Problem;

/// Health and metrics are answered to the end; `/v1` only if it was asked before the stop.
pub(super) async fn turn_away_when_stopping(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with("/v1/") {
        return next.run(request).await;
    }
    // Counted before the check: whoever waits for what was begun cannot miss a call that saw no stop.
    let _begun = app.begun().token();
    if !app.is_stopping() {
        return next.run(request).await;
    }
    let mut response = Problem::new(Code::ShuttingDown, "the server is stopping").into_response();
    if request.version() < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
