//! `PUT /jobnik/v1/stages/{stageId}/status`.

use axum::extract::State;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::input::jobnik::read_jobnik_stage_status;

/// Let a waiting stage go
///
/// Once the stage before is completed; one that is PENDING stays so.
#[utoipa::path(put, path = "/jobnik/v1/stages/{stageId}/status", tag = "stages", operation_id = "updateStageStatusV1",
    security(("key" = ["produce"])),
    params(("stageId" = Uuid, Path, description = "The stage's id.")),
    request_body(content = wire::StageStatusChange, example = json!({"status": "PENDING"})),
    responses((status = 200, description = "It is PENDING.", body = wire::Done)))]
pub(crate) async fn set_stage_status(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: Segment,
    body: Body,
) -> Result<Shown<wire::Done>, Wrong> {
    let id = id.id("stageId")?;
    body.read(read_jobnik_stage_status)?;
    within(app.store().on_behalf_of(caller).set_jobnik_stage_pending(id)).await??;
    Ok(Shown::done(wire::DoneCode::StageModifiedSuccessfully))
}
