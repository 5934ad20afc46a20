//! `POST /v1/pipelines/{id}/pause`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::answer::whole;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;

/// Pause a pipeline
///
/// From the next dequeue on nothing below the pipeline is handed out; running tasks go on and report, edges still
/// resolve. Pausing what is paused changes nothing; what has ended cannot be paused (409).
#[utoipa::path(post, path = "/v1/pipelines/{id}/pause", tag = "producers", operation_id = "pause_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the archive is being moved"})),
    responses((status = 200, description = "The pipeline, paused.", body = wire::Pipeline)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn pause_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let reason = app.below(Resource::Pipeline, id, body.read_optional(input::read_reason)).await?;
    let (pipeline, jobs) = within(app.store().on_behalf_of(caller).pause_pipeline(id, reason)).await?;
    Ok(whole(pipeline, jobs))
}
