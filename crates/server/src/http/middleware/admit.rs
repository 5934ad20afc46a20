//! Refuses calls that their connection cannot serve or that do not name one host, or by which a browser may be abused, all once the server stops, and those whose caller may not make them;
//! counts those that were begun before.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::ALLOW;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{Either, ready};

use super::gate::{Gate, admit_key, refuse, unproven};
use super::{host, welcome};
use crate::app::App;
use crate::http::auth::{Credential, KnownKey, Requirement};
use crate::http::body::Unwelcome;
use crate::http::connection::Unserved;
use crate::http::entrance::Entrance;
use crate::http::problem::Problem;
use crate::http::surface::Surface;
use crate::settings::Auth;

/// Refuses a request that its connection cannot serve or that names no host, a browser's that is not welcome, and one whose caller does not get through the gate; answers one that only
/// asks what pages may do. Calls of a surface that drains are answered only if they were begun before the stop; all others to the end.
pub(super) fn admit(
    app: &App,
    (entrance, preflight, surface): (Entrance, bool, Option<&'static Surface>),
    gate: Gate,
    request: Request,
    next: Next,
) -> impl Future<Output = Response> + use<> {
    if let Some(unserved) = request.extensions().get::<Unserved>() {
        if let Some(body) = request.extensions().get::<Unwelcome>() {
            body.say_leaving();
        }
        return Either::Left(ready(unserved.problem().into_response()));
    }
    let is_looked_at = entrance == Entrance::Clients;
    // Who shows no key may be a page.
    let shows_key = app.auth() == Auth::Keys && !matches!(gate, Gate::Anonymous);
    let welcome = || if is_looked_at && !shows_key { welcome::check(app, &request) } else { Ok(()) };
    if let Err(problem) = host::check(&request).and_then(|()| welcome()) {
        return Either::Left(ready(refuse(&request, problem.into_response())));
    }
    if preflight {
        return Either::Left(ready(StatusCode::NO_CONTENT.into_response()));
    }
    // Counted before the check: the drain, which waits for what was begun, cannot miss a call that saw no stop.
    let begun = surface.filter(|surface| surface.drains).map(|_| app.begun().token());
    if begun.is_some() && app.stop().is_stopping() {
        return Either::Left(ready(Problem::shutting_down().into_response()));
    }
    let closed = surface.and_then(|surface| (surface.closed)(app, surface.below(request.uri().path())?));
    if let Some(problem) = closed {
        return Either::Left(ready(refuse(&request, problem.into_response())));
    }
    let answered = match gate {
        Gate::Open | Gate::Anonymous => Either::Left(next.run(request)),
        Gate::NoSuchMethod(allowed) => return Either::Left(ready(no_such_method(&request, &allowed))),
        Gate::Unlisted => {
            tracing::error!("a route is served of which the document says nothing");
            return Either::Left(ready(refuse(&request, Problem::internal().into_response())));
        }
        Gate::Locked { requirement, credential, key: Some(key) } => match admit_key(&key, requirement) {
            Ok(()) => Either::Left(next.run(called_with(key, credential, request))),
            Err(problem) => return Either::Left(ready(refuse(&request, problem.into_response()))),
        },
        // Boxed, or every call would be as large as the few that have to ask.
        Gate::Locked { requirement, credential, key: None } => {
            Either::Right(Box::pin(ask(app.clone(), (requirement, credential), request, next)))
        }
    };
    Either::Right(answered.inspect(move |_| drop(begun)))
}

/// Lets a call in once it has been asked whose key it shows.
async fn ask(
    app: App,
    (requirement, credential): (Requirement, Credential),
    request: Request,
    next: Next,
) -> Response {
    let key = match app.keys().find(credential).await {
        Ok(key) => key,
        Err(why) => return refuse(&request, unproven(why, credential)),
    };
    key.name_in_log();
    match admit_key(&key, requirement) {
        Ok(()) => next.run(called_with(key, credential, request)).await,
        Err(problem) => refuse(&request, problem.into_response()),
    }
}

/// The request, which from now on says by which key it is made, and how that was shown.
fn called_with(key: Arc<KnownKey>, credential: Credential, mut request: Request) -> Request {
    request.extensions_mut().insert(key);
    request.extensions_mut().insert(credential);
    request
}

fn no_such_method(request: &Request, allowed: &str) -> Response {
    let mut response = Problem::no_such_method(request.method()).into_response();
    let allowed = HeaderValue::from_str(allowed).expect("methods are ASCII");
    response.headers_mut().insert(ALLOW, allowed);
    response
}
