//! `GET /jobnik/v1/stages/{stageId}`.

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

/// Get a stage
///
/// With its tasks where they are asked for.
#[utoipa::path(get, path = "/jobnik/v1/stages/{stageId}", tag = "stages", operation_id = "getStageByIdV1",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(("stageId" = Uuid, Path, description = "The stage's id."),
        ("should_return_tasks" = Option<bool>, Query, description = "With its tasks.")),
    responses((status = 200, description = "The stage.", body = wire::Stage,
        headers(("x-truncated" = String, description = "`true` when it has more tasks.")))))]
pub(crate) async fn get_stage(
    State(app): State<App>,
    id: Segment,
    mut parameters: Parameters,
) -> Result<Shown<wire::Stage>, Wrong> {
    let id = id.id("stageId")?;
    let with_tasks = parameters.flag("should_return_tasks")?;
    parameters.none_left()?;
    let stage = within(app.store().jobnik_stage(id, with_tasks)).await?;
    let (stage, truncated) = stage.ok_or(JobnikRefusal::NoStage)?;
    Ok(Shown::cut(view::jobnik::stage(stage), truncated))
}
