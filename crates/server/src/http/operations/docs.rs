//! `GET /openapi.json`, and `/docs`: a page to read and try it, made of files in this binary only.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::{Config, SwaggerFile};
use windlass_wire::Code;

use crate::app::App;
use crate::correlation;
use crate::http::{Problem, page};

/// Get this document
///
/// `OpenAPI` 3.1, generated from the server's own routes.
#[utoipa::path(get, path = "/openapi.json", tag = "operators", operation_id = "get_openapi",
    security(()),
    responses((status = 200, description = "The document.", body = Object, content_type = "application/json")))]
pub(crate) async fn get_openapi(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], app.openapi())
}

/// Read and try this document
///
/// A page that needs no other host; it lives at `/docs/`.
#[utoipa::path(get, path = "/docs", tag = "operators", operation_id = "get_docs",
    security(()),
    responses((status = 303, description = "The page is at `/docs/`.",
        headers(("location" = String, description = "`/docs/`.")))))]
pub(crate) async fn get_docs() -> impl IntoResponse {
    (page::HEADERS, Redirect::to("/docs/"))
}

/// The page itself.
pub(crate) async fn get_docs_page() -> Result<Response, Problem> {
    file("index.html")
}

/// A file of the page.
pub(crate) async fn get_docs_file(path: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
    // What is not UTF-8 is the name of no file either.
    let Ok(Path(name)) = path else { return Err(no_such_file()) };
    file(&name)
}

fn file(name: &str) -> Result<Response, Problem> {
    // The page names its document by a path from its own, so it works behind any host name and below any path.
    // Without its validator, which would show a reader's document to swagger.io.
    let config = Arc::new(Config::from("../openapi.json").validator_url("none"));
    match utoipa_swagger_ui::serve(name, config) {
        Ok(Some(file)) => Ok(answer(file)),
        Ok(None) => Err(no_such_file()),
        Err(error) => {
            correlation::settle();
            tracing::error!(%error, "cannot make the page at /docs");
            Err(Problem::internal())
        }
    }
}

fn no_such_file() -> Problem {
    Problem::new(Code::RouteNotFound, "the page has no such file")
}

fn answer(file: SwaggerFile<'_>) -> Response {
    let mut response = (page::HEADERS, Body::from(file.bytes.into_owned())).into_response();
    let headers = response.headers_mut();
    if let Ok(media) = HeaderValue::try_from(file.content_type) {
        headers.insert(CONTENT_TYPE, media);
    }
    if file.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
