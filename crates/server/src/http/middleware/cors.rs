//! What browsers are told of calls by pages of other origins (CORS).
//!
//! Why not tower-http's `CorsLayer`: it answers a preflight with 200 and not 204, tells those of origins that are not listed which headers and
//! methods are allowed, and answers every `OPTIONS`, also one that no page has sent. What it deliberately does not do: allow credentials, or refuse
//! anything: that is [`welcome`](super::welcome)'s.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request};

use crate::app::App;
use crate::http::surface::Surface;
use crate::settings::Origin;

/// What a page may send beside what every page may, where its surface says nothing else.
const HEADERS: &str =
    "authorization, content-type, idempotency-key, last-event-id, traceparent, x-request-id";
/// What a page may read of an answer beside what every page may.
const EXPOSED: &str = "x-request-id, location, retry-after, idempotent-replayed";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// For how many seconds a browser need not ask again.
const MAX_AGE: &str = "600";

/// What an answer says of it.
pub(super) struct Cors {
    /// The origin that may read it.
    allowed: Option<HeaderValue>,
    /// It is asked for before a call, not by one.
    preflight: bool,
    /// What a page may send, and what it may read.
    headers: [&'static str; 2],
}

impl Cors {
    /// What the answer to a request of this surface is to say; `None`: nothing, since no origins are listed.
    pub(super) fn of(app: &App, surface: Option<&'static Surface>, request: &Request<Body>) -> Option<Self> {
        let listed = app.cors_origins();
        if listed.is_empty() {
            return None;
        }
        let sent = request.headers().get(ORIGIN);
        let is_listed = |origin: &&HeaderValue| {
            origin.to_str().ok().and_then(Origin::parse).is_some_and(|origin| listed.contains(&origin))
        };
        let any = || listed.are_any().then(|| HeaderValue::from_static("*"));
        let allowed = sent.and_then(|sent| Some(sent).filter(is_listed).cloned().or_else(any));
        // No route answers OPTIONS, so that one that a page sends is a preflight.
        let preflight = sent.is_some() && request.method() == Method::OPTIONS;
        let headers = surface.and_then(|surface| surface.page_headers).unwrap_or([HEADERS, EXPOSED]);
        Some(Self { allowed, preflight, headers })
    }

    /// Whether the request asks what a page may do, and is answered here.
    pub(super) fn is_preflight(&self) -> bool {
        self.preflight
    }

    /// Says it in the headers of an answer.
    pub(super) fn say(self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = self.allowed else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(self.headers[0]));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(self.headers[1]));
        }
    }
}
