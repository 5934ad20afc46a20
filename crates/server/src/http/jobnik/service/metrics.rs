//! `GET /jobnik/metrics`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::app::App;
use crate::http::operations::metrics;

/// Metrics of this server, for Prometheus
///
/// The same as `/metrics`, and `http_request_duration_seconds` of this surface's calls by `status_code`, `method` and `operation`.
#[utoipa::path(get, path = "/jobnik/metrics", tag = "service", operation_id = "getMetrics",
    security(("key" = ["read"])),
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain")))]
pub(crate) async fn get_metrics(State(app): State<App>) -> impl IntoResponse {
    let mut text = metrics::text(&app).await;
    text.push_str(&app.jobnik().seconds.render());
    ([(CONTENT_TYPE, metrics::MEDIA_TYPE)], text)
}
