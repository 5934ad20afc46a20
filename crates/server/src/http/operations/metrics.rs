//! `GET /metrics`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::app::App;
use crate::telemetry;

/// Metrics of this server, for Prometheus
///
/// Text format 0.0.4. Their cost does not grow with the number of tasks stored. The queues' gauges are left out while the
/// database is away.
#[utoipa::path(get, path = "/metrics", tag = "operators", operation_id = "get_metrics",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain")))]
pub(crate) async fn get_metrics(State(app): State<App>) -> impl IntoResponse {
    telemetry::gauge_process();
    telemetry::gauge_parked(app.parked().count());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics().render())
}
