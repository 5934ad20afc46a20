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
use crate::http::problem::Problem;
use crate::http::surfaces;

/// Calls of a surface that drains are answered only if they were begun before the stop; all others to the end.
pub(super) fn unless_stopping(
    app: &App,
    request: Request,
    next: Next,
) -> impl Future<Output = Response> + use<> {
    // Counted before the check: whoever waits for what was begun cannot miss a call that saw no stop.
    let drains = surfaces::of(request.uri().path()).is_some_and(|surface| surface.drains);
    let begun = drains.then(|| app.begun().token());
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
