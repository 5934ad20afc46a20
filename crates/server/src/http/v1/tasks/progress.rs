//! `POST /v1/tasks/{id}/progress`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, Problem};
use crate::input::report::take_progress;

/// Report progress
///
/// Reports how far the task is, in units of the worker's own, and renews the lease for its present length. `current` and
/// `total` are 0 or more; `message` has up to 4 KiB.
#[utoipa::path(post, path = "/v1/tasks/{id}/progress", tag = "workers", operation_id = "progress_task",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::ReportProgress, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001", "current": 40, "total": 100, "message": "hashing"
    })),
    responses((status = 200, description = "When the lease now ends.", body = wire::LeaseExtended)),
    extensions(("x-problems" = json!(["lease_lost"]))))]
pub(crate) async fn progress_task(
    State(app): State<App>,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::LeaseExtended>, Problem> {
    let id = id.of(Resource::Task)?;
    let report = app
        .below(Resource::Task, id, body.read(|root| root.object(|report| take_progress(report, id))))
        .await?;
    let lease_expires_at = app.engine().reports.progress(report).await?;
    Ok(Answer(wire::LeaseExtended { lease_expires_at }))
}
