//! `GET /metrics`.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tokio::time::timeout;

use crate::app::App;
use crate::telemetry;

/// A scraper waits for 10 s; it should have the rest even while the database is away.
const QUEUES_DEADLINE: Duration = Duration::from_secs(2);

/// The media type of metrics.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Queues with tasks that are shown or summed beyond those of types that have a label.
const OTHER_QUEUES: i64 = 500;

/// Metrics of this server, for Prometheus
///
/// Text format 0.0.4. Their cost does not grow with the number of tasks stored, nor with that of types. The gauges of queues and database are left out
/// while the database is away.
#[utoipa::path(get, path = "/metrics", tag = "operators", operation_id = "get_metrics",
    security(("key" = ["read"])),
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain")))]
pub(crate) async fn get_metrics(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, MEDIA_TYPE)], text(&app).await)
}

/// All that there is to say.
pub(crate) async fn text(app: &App) -> String {
    telemetry::gauge_process();
    telemetry::gauge_clients(app.crowd().open(), app.crowd().unwritten());
    telemetry::gauge_waiting(app.engine().waiters().count());
    telemetry::count_dropped_log_lines(app.dropped_log_lines());
    telemetry::keep_zeros();
    let known = telemetry::known_types();
    let queues = timeout(QUEUES_DEADLINE, app.store().busy_queues(&known, OTHER_QUEUES)).await;
    let mut text = app.metrics().render();
    text.push_str(&telemetry::render_pool(app.store().pool_use()));
    if let Ok(Ok(queues)) = queues {
        text.push_str(&telemetry::render_queues(&queues));
    }
    text.push_str(&telemetry::render_webhooks(app.webhooks().numbers().unwrap_or_default()));
    if let Some(vitals) = app.vitals().get() {
        text.push_str(&telemetry::render_vitals(&vitals));
    }
    text
}
