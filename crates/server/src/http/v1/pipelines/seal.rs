//! `POST /v1/pipelines/{id}/seal`.

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

/// Seal a pipeline
///
/// Says that no more jobs will come, so that the pipeline can end. Sealing what is sealed changes nothing.
#[utoipa::path(post, path = "/v1/pipelines/{id}/seal", tag = "producers", operation_id = "seal_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "all tiles are in"})),
    responses((status = 200, description = "The pipeline, sealed.", body = wire::Pipeline)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn seal_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let reason = app.below(Resource::Pipeline, id, body.read_optional(input::read_reason)).await?;
    let (pipeline, jobs) = within(app.store().on_behalf_of(caller).seal_pipeline(id, reason)).await?;
    Ok(whole(pipeline, jobs))
}
