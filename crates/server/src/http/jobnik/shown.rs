//! Successful answers of this surface.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use windlass_store::JobnikList;
use windlass_wire::jobnik::{Done, DoneCode};

/// The media type of all its answers.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// Says that a list has not all that there is.
const TRUNCATED: HeaderName = HeaderName::from_static("x-truncated");

/// 200 with a JSON body.
#[derive(Debug)]
pub(super) struct Shown<T> {
    status: StatusCode,
    body: T,
    truncated: bool,
}

impl<T> Shown<T> {
    /// All of it.
    pub(super) fn whole(body: T) -> Self {
        Self { status: StatusCode::OK, body, truncated: false }
    }

    /// It, perhaps without all that belongs to it.
    pub(super) fn cut(body: T, truncated: bool) -> Self {
        Self { truncated, ..Self::whole(body) }
    }

    /// 201: it was made.
    pub(super) fn made(body: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::whole(body) }
    }
}

impl<T> Shown<Vec<T>> {
    /// A list, each row shown by `show`.
    pub(super) fn list<S>(list: JobnikList<S>, show: impl Fn(S) -> T) -> Self {
        Self::cut(list.items.into_iter().map(show).collect(), list.truncated)
    }
}

impl Shown<Done> {
    /// A change was made.
    pub(super) fn done(code: DoneCode) -> Self {
        Self::whole(Done { code })
    }
}

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body).expect("the types of the contract always have a JSON form");
        let mut response = (self.status, [(CONTENT_TYPE, JSON)], body).into_response();
        if self.truncated {
            response.headers_mut().insert(TRUNCATED, HeaderValue::from_static("true"));
        }
        response
    }
}
