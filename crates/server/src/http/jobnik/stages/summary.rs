//! `GET /jobnik/v1/stages/{stageId}/summary`.

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

/// Count the tasks of a stage
///
/// By status; no task is looked at.
#[utoipa::path(get, path = "/jobnik/v1/stages/{stageId}/summary", tag = "stages", operation_id = "getStageSummaryV1",
    security(("key" = ["read"])),
    params(("stageId" = Uuid, Path, description = "The stage's id.")),
    responses((status = 200, description = "How many are in which status.", body = wire::Summary)))]
pub(crate) async fn get_stage_summary(
    State(app): State<App>,
    id: Segment,
    parameters: Parameters,
) -> Result<Shown<wire::Summary>, Wrong> {
    let id = id.id("stageId")?;
    parameters.none_left()?;
    let stage = within(app.store().jobnik_stage(id, false)).await?;
    let (stage, _) = stage.ok_or(JobnikRefusal::NoStage)?;
    Ok(Shown::whole(view::jobnik::summary(stage.summary)))
}
