//! `GET /jobnik/service-metrics`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::app::App;
use crate::engine::within;
use crate::http::jobnik::refusal::Wrong;
use crate::http::operations::metrics::MEDIA_TYPE;
use crate::telemetry;

/// How many jobs, stages and tasks there are, for Prometheus
///
/// Sums of counters, by type, priority and status, of what was made by this surface: no task is counted.
#[utoipa::path(get, path = "/jobnik/service-metrics", tag = "service", operation_id = "getServiceMetrics",
    security(("key" = ["read"])),
    responses((status = 200, description = "The gauges.", body = String, content_type = "text/plain")))]
pub(crate) async fn get_service_metrics(State(app): State<App>) -> Result<impl IntoResponse, Wrong> {
    let counts = within(app.store().jobnik_counts()).await?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], telemetry::render_jobnik(&counts)))
}
