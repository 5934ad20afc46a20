//! For every request: its id, a line in the log, and a count in the metrics.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http_body::Body as _;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::admit::admit;
use super::cors::Cors;
use super::gate::Gate;
use crate::app::App;
use crate::correlation;
use crate::http::Problem;
use crate::http::auth::Requirements;
use crate::http::entrance::Entrance;
use crate::http::headers::{REQUEST_ID, RequestId, correlation_id, trace};
use crate::http::surface::Surface;
use crate::http::surfaces;
use crate::telemetry::{self, Operation, RequestSpan, TracedRequest};

/// The route of what matches none.
const UNMATCHED: &str = "unmatched";

/// What is known of the routes of a listener.
pub(in crate::http) struct Routes {
    /// Whose they are. Only those for clients ask for keys.
    pub(in crate::http) entrance: Entrance,
    /// Those whose calls are too many for a line each while they go well.
    pub(in crate::http) routine: HashSet<String>,
    /// What each asks of its caller.
    pub(in crate::http) requirements: Requirements,
}

/// Names the request for everything within, and logs how it went. Payloads are never logged.
///
/// A function that returns a future rather than an async one: ten thousand waiting polls each hold what it is made of, and an async
/// function holds its arguments twice.
pub(super) fn observe(
    State((app, routes)): State<(App, Arc<Routes>)>,
    mut request: Request,
    next: Next,
) -> impl Future<Output = Response> {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let guarded = matched.filter(|_| routes.entrance == Entrance::Clients);
    let surface = surface(&app, request.uri().path()).filter(|_| routes.entrance == Entrance::Clients);
    let gate = Gate::before(guarded, &method, request.headers(), (&app, &routes.requirements));
    let route = matched.unwrap_or(UNMATCHED).to_owned();
    request.extensions_mut().insert(id.clone());
    let span = span(&id, &gate);
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
    let cors = Cors::of(&app, surface, &request).filter(|_| routes.entrance == Entrance::Clients);
    let preflight = cors.as_ref().is_some_and(Cors::is_preflight);
    let entrance = (routes.entrance, preflight, surface);
    let answered = admit(&app, entrance, gate, request, next).inspect(|_| correlation::settle());
    let answered =
        correlation::within(id.to_shared(), named, span.clone(), answered.instrument(span.clone()));
    let reads = method == Method::GET && routes.entrance == Entrance::Clients;
    answered.map(move |response| {
        let response = if reads { if_there_is_room(&app, response) } else { response };
        let mut response = surfaces::reword(surface, &method, response);
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.to_header());
        // What a caller stored is JSON, whatever a browser would guess from its text.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(cors) = cors {
            cors.say(headers);
        }
        let (status, took) = (response.status().as_u16(), began.elapsed());
        telemetry::count_request(&method, &route, status, took);
        if let Some((surface, below)) = surface.and_then(|surface| Some((surface, surface.below(&route)?))) {
            (surface.answered)(&app, &method, below, (status, took));
        }
        if let Some(traced) = traced {
            traced.end(status);
        }
        span.in_scope(|| log(&method, &route, status, took, status < 300 && routes.routine.contains(&route)));
        response
    })
}

/// The surface that a path is of, if it is there.
fn surface(app: &App, path: &str) -> Option<&'static Surface> {
    surfaces::of(path).filter(|surface| (surface.is_on)(app))
}

/// The answer to a call that changes nothing, or that there is no room for it among those that wait for all clients.
fn if_there_is_room(app: &App, answer: Response) -> Response {
    let bytes = answer.body().size_hint().exact().unwrap_or(0);
    if app.crowd().has_room_for(usize::try_from(bytes).unwrap_or(usize::MAX)) {
        return answer;
    }
    Problem::too_many_unread_bytes().into_response()
}

/// The span of a call. A key that has to be asked for is named later.
fn span(id: &RequestId, gate: &Gate) -> Span {
    let key = gate.key();
    tracing::info_span!(
        "request",
        request_id = id.as_str(),
        correlation_id = Empty,
        trace_id = Empty,
        key_id = key.and_then(|key| key.id).map(tracing::field::display),
        key = key.map(|key| key.name.as_str())
    )
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use axum::http::HeaderMap;

    use super::*;
    use crate::http::auth::{Credential, KnownKey, Requirement};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of a call before this gate, whose key is known at once or later.
    fn line(known_at_once: bool) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        let mut key = KnownKey::bootstrap();
        key.id = Some(uuid::Uuid::nil());
        let key = Arc::new(key);
        let credential = Credential::Key { hash: [7; 32], stored: true };
        tracing::subscriber::with_default(subscriber, || {
            let at_once = known_at_once.then(|| Arc::clone(&key));
            let gate = Gate::Locked { requirement: Requirement::AnyKey, credential, key: at_once };
            span(&RequestId::of(&HeaderMap::new()), &gate).in_scope(|| {
                if !known_at_once {
                    key.name_in_log();
                }
                tracing::info!("answered");
            });
        });
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn the_lines_of_a_call_have_the_id_and_the_name_of_its_key() {
        for known_at_once in [true, false] {
            let line: serde_json::Value = serde_json::from_str(&line(known_at_once)).unwrap();
            assert_eq!(line["span"]["key"], "bootstrap", "{line}");
            assert_eq!(line["span"]["key_id"], uuid::Uuid::nil().to_string(), "{line}");
        }
    }
}
