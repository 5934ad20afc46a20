//! `GET /jobnik/liveness`.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::time::timeout;

use crate::app::App;
use crate::http::jobnik::shown::{JSON, Shown};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the database answers.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Liveness {
    /// `ok` or `error`.
    status: &'static str,
}

/// Whether the server and its database answer
///
/// For a probe; no key is needed.
#[utoipa::path(get, path = "/jobnik/liveness", tag = "service", operation_id = "getLiveness",
    security(()),
    responses((status = 200, description = "They do.", body = Liveness, example = json!({"status": "ok"})),
        (status = 503, description = "The database is away, or the server stops: `{\"status\": \"error\"}`, or an error as of other calls.")))]
pub(crate) async fn get_liveness(State(app): State<App>) -> Response {
    // Boxed, since a call of the store is large.
    if let Ok(Ok(())) = timeout(PATIENCE, Box::pin(app.own_store().ping())).await {
        return Shown::whole(Liveness { status: "ok" }).into_response();
    }
    let headers = [(CONTENT_TYPE, JSON), (RETRY_AFTER, axum::http::HeaderValue::from_static("1"))];
    (StatusCode::SERVICE_UNAVAILABLE, headers, r#"{"status":"error"}"#).into_response()
}
