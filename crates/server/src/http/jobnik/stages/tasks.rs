//! `GET /jobnik/v1/stages/{stageId}/tasks`.

use axum::extract::State;
use windlass_store::JobnikRefusal;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::query::Parameters;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::view;

/// List the tasks of a stage
///
/// In the order in which they were added, 10,000 or 64 MiB at the most.
#[utoipa::path(get, path = "/jobnik/v1/stages/{stageId}/tasks", tag = "stages", operation_id = "getTasksByStageIdV1",
    security(("key" = ["read"])),
    params(("stageId" = Uuid, Path, description = "The stage's id.")),
    responses((status = 200, description = "The tasks.", body = [wire::Task],
        headers(("x-truncated" = String, description = "`true` when there were more.")))))]
pub(crate) async fn list_stage_tasks(
    State(app): State<App>,
    id: Segment,
    parameters: Parameters,
) -> Result<Shown<Vec<wire::Task>>, Wrong> {
    let id = id.id("stageId")?;
    parameters.none_left()?;
    let tasks = within(app.store().jobnik_tasks_of_stage(id)).await?;
    Ok(Shown::list(tasks.ok_or(JobnikRefusal::NoStage)?, view::jobnik::task))
}
