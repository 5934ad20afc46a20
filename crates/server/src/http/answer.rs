//! Successful answers.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use windlass_store::StoredAnswer;

/// 200 with a JSON body.
#[derive(Debug)]
pub(crate) struct Answer<T>(pub(crate) T);

/// 200 with a JSON body that shows a secret, which nothing on the way may store.
#[derive(Debug)]
pub(crate) struct Secret<T>(pub(crate) T);

/// What was made, for 201: a JSON body and, where it has a path of its own, `Location`.
#[derive(Debug)]
pub(crate) struct Created<T> {
    /// The path of what was made.
    pub(crate) location: Option<String>,
    /// The body.
    pub(crate) body: T,
}

/// What a create answers: what it made, or what the first request with its key was answered.
#[derive(Debug)]
pub(crate) enum Creation<T> {
    /// It was made now.
    New(Created<T>),
    /// It had been made before.
    Repeated(StoredAnswer),
}

/// What a call did, for 200: now, or when the first request with its key came.
#[derive(Debug)]
pub(crate) enum Done<T> {
    /// It was done now.
    New(T),
    /// It had been done before.
    Repeated(StoredAnswer),
}

/// Marks an answer that is a repeat of the first.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

impl<T: Serialize> Created<T> {
    /// The answer as it is stored for repeats of the request, byte for byte. The store calls this from within the create's transaction, so
    /// that the answer is stored if and only if the create is: the one call from a transaction up into HTTP.
    pub(crate) fn into_stored(self) -> StoredAnswer {
        StoredAnswer { location: self.location, body: json(&self.body) }
    }
}

impl<T> Creation<T> {
    /// The store's answer, what was made shown by `show`.
    pub(crate) fn of<S>(answer: windlass_store::Answer<S>, show: impl FnOnce(S) -> Created<T>) -> Self {
        match answer {
            windlass_store::Answer::New(made) => Self::New(show(made)),
            windlass_store::Answer::Repeated(stored) => Self::Repeated(stored),
        }
    }
}

impl<T: Serialize> Done<T> {
    /// The answer as it is stored for repeats of the request, as [`Created::into_stored`] says.
    pub(crate) fn stored(body: &T) -> StoredAnswer {
        StoredAnswer { location: None, body: json(body) }
    }
}

impl<T> Done<T> {
    /// The store's answer, what was done shown by `show`.
    pub(crate) fn of<S>(answer: windlass_store::Answer<S>, show: impl FnOnce(S) -> T) -> Self {
        match answer {
            windlass_store::Answer::New(done) => Self::New(show(done)),
            windlass_store::Answer::Repeated(stored) => Self::Repeated(stored),
        }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        with_type(json(&self.0))
    }
}

impl<T: Serialize> IntoResponse for Secret<T> {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Answer(self.0)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Creation<T> {
    fn into_response(self) -> Response {
        match self {
            Self::New(created) => respond(created.into_stored()),
            Self::Repeated(stored) => {
                let mut response = respond(stored);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                response
            }
        }
    }
}

impl<T: Serialize> IntoResponse for Done<T> {
    fn into_response(self) -> Response {
        match self {
            Self::New(done) => Answer(done).into_response(),
            Self::Repeated(stored) => {
                let mut response = with_type(stored.body);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                response
            }
        }
    }
}

fn respond(answer: StoredAnswer) -> Response {
    let mut response = (StatusCode::CREATED, with_type(answer.body)).into_response();
    if let Some(location) = answer.location {
        let location = HeaderValue::try_from(location).expect("paths of resources are ASCII");
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn with_type(body: String) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the types of the contract always have a JSON form")
}
