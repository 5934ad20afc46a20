//! Turns calls away once the server stops, and counts those that were begun before.

use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{Either, ready};
use windlass_wire::Code;

use crate::app::App;
use crate::http::Problem;

/// Health and metrics are answered to the end; `/v1` only if it was asked before the stop.
pub(super) fn unless_stopping(
    app: &App,
    request: Request,
    next: Next,
) -> impl Future<Output = Response> + use<> {
    // Counted before the check: whoever waits for what was begun cannot miss a call that saw no stop.
    let begun = request.uri().path().starts_with("/v1/").then(|| app.begun().token());
    if begun.is_some() && app.is_stopping() {
        return Either::Left(ready(refuse(request.version())));
    }
    Either::Right(next.run(request).inspect(move |_| drop(begun)))
}

fn refuse(version: Version) -> Response {
    let mut response = Problem::new(Code::ShuttingDown, "the server is stopping").into_response();
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
