//! Refuses calls that do not name one host, and all once the server stops; counts those that were begun before.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{Either, ready};

use super::host;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::surfaces;

/// Refuses a request that names no host. Calls of a surface that drains are answered only if they were begun before the stop; all others to the
/// end.
pub(super) fn admit(app: &App, request: Request, next: Next) -> impl Future<Output = Response> + use<> {
    if let Err(problem) = host::check(&request) {
        return Either::Left(ready(problem.into_response()));
    }
    // Counted before the check: the drain, which waits for what was begun, cannot miss a call that saw no stop.
    let drains = surfaces::of(request.uri().path()).is_some_and(|surface| surface.drains);
    let begun = drains.then(|| app.begun().token());
    if begun.is_some() && app.stop().is_stopping() {
        return Either::Left(ready(Problem::shutting_down().into_response()));
    }
    Either::Right(next.run(request).inspect(move |_| drop(begun)))
}
