//! `Location` where the server is reached by a public URL.
//!
//! Within, a location is a path, and as such it is stored with the answer of a create: the URL may be another one when that is repeated.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::LOCATION;
use axum::response::Response;

use crate::settings::PublicUrl;

/// Puts the public URL before a path.
pub(super) async fn complete(State(public): State<PublicUrl>, mut response: Response) -> Response {
    if let Some(location) = response.headers_mut().get_mut(LOCATION) {
        let path = location.to_str().ok().filter(|path| path.starts_with('/'));
        if let Some(whole) = path.and_then(|path| HeaderValue::try_from(format!("{public}{path}")).ok()) {
            *location = whole;
        }
    }
    response
}
