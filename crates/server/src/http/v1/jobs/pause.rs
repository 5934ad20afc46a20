//! `POST /v1/jobs/{id}/pause`.

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

/// Pause a job
///
/// From the next dequeue on none of the job's tasks is handed out; running ones go on and report, edges still
/// resolve. Pausing what is paused changes nothing; what has ended cannot be paused (409).
#[utoipa::path(post, path = "/v1/jobs/{id}/pause", tag = "producers", operation_id = "pause_job",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the licence server is down"})),
    responses((status = 200, description = "The job, paused.", body = wire::Job)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn pause_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let reason = app.below(Resource::Job, id, body.read_optional(input::read_reason)).await?;
    let job = within(app.store().on_behalf_of(caller).pause_job(id, reason)).await?;
    Ok(Answer(view::job(job)))
}
