//! `POST /v1/tasks/{id}/heartbeat` and `POST /v1/tasks/heartbeat`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::batch::{Outcome, send};
use crate::app::App;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, Problem};
use crate::input::report::{read_items, take_heartbeat};

/// Extend a lease
///
/// The lease lasts `lease_seconds` (1 to 86,400) from now on, or its present length again. A lost lease shows the
/// worker to stop: `task_state` says what became of the task.
#[utoipa::path(post, path = "/v1/tasks/{id}/heartbeat", tag = "workers", operation_id = "heartbeat_task",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::Heartbeat, example = json!({"lease_token": "0193c5a8-7d5e-7000-8000-000000000001"})),
    responses((status = 200, description = "When the lease now ends.", body = wire::LeaseExtended)),
    extensions(("x-problems" = json!(["lease_lost"]))))]
pub(crate) async fn heartbeat_task(
    State(app): State<App>,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::LeaseExtended>, Problem> {
    let id = id.of(Resource::Task)?;
    let report = app
        .below(Resource::Task, id, body.read(|root| root.object(|report| take_heartbeat(report, id))))
        .await?;
    let lease_expires_at = app.engine().reports.heartbeat(report).await?;
    Ok(Answer(wire::LeaseExtended { lease_expires_at }))
}

/// Extend many leases
///
/// Up to 1,000 heartbeats; each is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/heartbeat", tag = "workers", operation_id = "heartbeat_tasks",
    security(("key" = ["work"])),
    request_body(content = wire::Batch<wire::HeartbeatItem>, example = json!({"tasks": [
        {"id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001"}
    ]})),
    responses((status = 200, description = "An outcome per item.", body = wire::BatchResults<wire::HeartbeatResult>)))]
pub(crate) async fn heartbeat_tasks(
    State(app): State<App>,
    body: Body,
) -> Result<Answer<wire::BatchResults<wire::HeartbeatResult>>, Problem> {
    let items = app.below_tasks(read_items(body.document()?, take_heartbeat)?).await?;
    let outcomes = send(items, |batch| app.engine().reports.heartbeat_all(batch)).await?;
    Ok(Answer(wire::BatchResults { results: outcomes.into_iter().map(show).collect() }))
}

fn show((id, outcome): Outcome<chrono::DateTime<chrono::Utc>>) -> wire::HeartbeatResult {
    let (lease_expires_at, problem) = match outcome {
        Ok(at) => (Some(at), None),
        Err(problem) => (None, Some(problem.into_wire())),
    };
    wire::HeartbeatResult { id, lease_expires_at, problem }
}
