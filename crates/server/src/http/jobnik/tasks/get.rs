//! `GET /jobnik/v1/tasks/{taskId}`.

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

/// Get a task
///
/// As it is now.
#[utoipa::path(get, path = "/jobnik/v1/tasks/{taskId}", tag = "tasks", operation_id = "getTaskByIdV1",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(("taskId" = Uuid, Path, description = "The task's id.")),
    responses((status = 200, description = "The task.", body = wire::Task)))]
pub(crate) async fn get_task(
    State(app): State<App>,
    id: Segment,
    parameters: Parameters,
) -> Result<Shown<wire::Task>, Wrong> {
    let id = id.id("taskId")?;
    parameters.none_left()?;
    let task = within(app.store().jobnik_task(id)).await?.ok_or(JobnikRefusal::NoTask)?;
    Ok(Shown::whole(view::jobnik::task(task)))
}
