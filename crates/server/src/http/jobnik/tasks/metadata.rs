//! `PATCH /jobnik/v1/tasks/{taskId}/user-metadata`.

use axum::extract::State;
use windlass_wire::{Json, jobnik as wire};

use crate::app::App;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::input::jobnik::read_jobnik_metadata;

/// Replace a task's metadata
///
/// All of it, in every state.
#[utoipa::path(patch, path = "/jobnik/v1/tasks/{taskId}/user-metadata", tag = "tasks", operation_id = "updateTaskUserMetadataV1",
    security(("key" = ["work"])),
    params(("taskId" = Uuid, Path, description = "The task's id.")),
    request_body(content = std::collections::BTreeMap<String, Json>, example = json!({"owner": "maps"})),
    responses((status = 200, description = "It is replaced.", body = wire::Done)))]
pub(crate) async fn set_task_metadata(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: Segment,
    body: Body,
) -> Result<Shown<wire::Done>, Wrong> {
    let id = id.id("taskId")?;
    let metadata = body.read(read_jobnik_metadata)?;
    within(app.store().on_behalf_of(caller).set_jobnik_task_metadata(id, &metadata)).await??;
    Ok(Shown::done(wire::DoneCode::TaskModifiedSuccessfully))
}
