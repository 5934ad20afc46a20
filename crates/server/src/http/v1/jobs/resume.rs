//! `POST /v1/jobs/{id}/resume`.

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

/// Resume a job
///
/// Ends a pause of the job; a pipeline or queue that is paused itself stays so. Resuming what is not paused changes
/// nothing; what has ended cannot be resumed (409).
#[utoipa::path(post, path = "/v1/jobs/{id}/resume", tag = "producers", operation_id = "resume_job",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the licence server is up"})),
    responses((status = 200, description = "The job, resumed.", body = wire::Job)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn resume_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let reason = app.below(Resource::Job, id, body.read_optional(input::read_reason)).await?;
    let job = within(app.store().on_behalf_of(caller).resume_job(id, reason)).await?;
    Ok(Answer(view::job(job)))
}
