//! `GET /jobnik/docs/api.json`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::app::App;
use crate::http::jobnik::shown::JSON;

/// Get this document
///
/// `OpenAPI` 3.1, generated from the server's own routes.
#[utoipa::path(get, path = "/jobnik/docs/api.json", tag = "service", operation_id = "getDocument",
    security(()),
    responses((status = 200, description = "The document.", body = Object, content_type = "application/json")))]
pub(crate) async fn get_document(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, JSON)], app.jobnik().document.clone())
}
