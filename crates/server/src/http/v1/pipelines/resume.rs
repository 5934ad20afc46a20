//! `POST /v1/pipelines/{id}/resume`.

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

/// Resume a pipeline
///
/// Ends a pause of the pipeline; jobs and queues that are paused themselves stay so. Resuming what is not paused
/// changes nothing; what has ended cannot be resumed (409).
#[utoipa::path(post, path = "/v1/pipelines/{id}/resume", tag = "producers", operation_id = "resume_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the archive is back"})),
    responses((status = 200, description = "The pipeline, resumed.", body = wire::Pipeline)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn resume_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let reason = app.below(Resource::Pipeline, id, body.read_optional(input::read_reason)).await?;
    let (pipeline, jobs) = within(app.store().on_behalf_of(caller).resume_pipeline(id, reason)).await?;
    Ok(whole(pipeline, jobs))
}
