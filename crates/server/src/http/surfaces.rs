//! The surfaces that there are.

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::uri::PathAndQuery;
use axum::http::{Method, Response, Uri};

use super::problem::Refused;
use super::surface::Surface;
use super::{jobnik, v1};

/// Every surface.
pub(super) static SURFACES: [Surface; 2] = [v1::SURFACE, jobnik::SURFACE];

/// The surface of a path or a route; `None`: it is shared by all, or unknown.
pub(super) fn of(path: &str) -> Option<&'static Surface> {
    SURFACES.iter().find(|surface| surface.below(path).is_some())
}

/// Gives a request the path that is meant by its own, where its surface takes more than one.
pub(super) fn mean<B>(request: &mut Request<B>) {
    let uri = request.uri();
    let Some(path) = of(uri.path()).and_then(|surface| (surface.meant)(uri.path())) else { return };
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(whole).ok();
    if let Ok(meant) = Uri::from_parts(parts) {
        *request.uri_mut() = meant;
    }
}

/// An answer in the words of its surface, if it is a problem, and those are its own.
pub(super) fn reword(
    surface: Option<&Surface>,
    method: &Method,
    mut answer: axum::response::Response,
) -> axum::response::Response {
    let Some(refused) = answer.extensions_mut().remove::<Refused>() else { return answer };
    let Some(words) = surface.and_then(|surface| surface.words) else { return answer };
    let (mut parts, _) = answer.into_parts();
    let own = words(method, &refused.0);
    parts.status = own.status();
    parts.headers.remove(CONTENT_LENGTH);
    if let Some(media) = own.headers().get(CONTENT_TYPE) {
        parts.headers.insert(CONTENT_TYPE, media.clone());
    }
    Response::from_parts(parts, own.into_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_the_surface_whose_base_it_lies_below() {
        for path in ["/v1/", "/v1/tasks", "/v1/tasks/{id}"] {
            assert_eq!(of(path).map(|surface| surface.base), Some("/v1"), "{path}");
        }
        for path in ["/jobnik/", "/jobnik/v1/jobs", "/jobnik/metrics"] {
            assert_eq!(of(path).map(|surface| surface.base), Some("/jobnik"), "{path}");
        }
        for path in ["/v1", "/v10/tasks", "/docs/v1/", "/healthz", "/", "", "/jobnik", "/jobniks/v1"] {
            assert!(of(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_request_is_given_the_path_that_is_meant_and_keeps_its_query() {
        for (sent, meant) in [
            ("/jobnik/v1/Jobs/?a=/B/", "/jobnik/v1/jobs?a=/B/"),
            ("http://h/jobnik/v1/JOBS", "http://h/jobnik/v1/jobs"),
            ("/v1/Jobs/", "/v1/Jobs/"),
        ] {
            let mut request = Request::builder().uri(sent).body(()).unwrap();
            mean(&mut request);
            assert_eq!(request.uri(), meant);
        }
    }
}
