//! Successful answers.

use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// 200 with a JSON body.
#[derive(Debug)]
pub(crate) struct Answer<T>(pub(crate) T);

/// 201 with a JSON body and, where what was made has a path of its own, `Location`.
#[derive(Debug)]
pub(crate) struct Created<T> {
    /// The path of what was made.
    pub(crate) location: Option<String>,
    /// The body.
    pub(crate) body: T,
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.0).expect("the types of the contract always have a JSON form");
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Answer(self.body)).into_response();
        if let Some(location) = self.location {
            let location = HeaderValue::try_from(location).expect("paths of resources are ASCII");
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}
