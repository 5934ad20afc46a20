//! `POST /v1/jobs/{id}/seal`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;
use crate::view;

/// Seal a job
///
/// Says that no more tasks will come, so that the job can end. Sealing what is sealed changes nothing.
#[utoipa::path(post, path = "/v1/jobs/{id}/seal", tag = "producers", operation_id = "seal_job",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the listing is complete"})),
    responses((status = 200, description = "The job, sealed.", body = wire::Job)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn seal_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let reason = app.below(Resource::Job, id, body.read_optional(input::read_reason)).await?;
    let job = within(app.store().on_behalf_of(caller).seal_job(id, reason)).await?;
    Ok(Answer(view::job(job)))
}
