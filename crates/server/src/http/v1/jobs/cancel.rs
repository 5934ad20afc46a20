//! `POST /v1/jobs/{id}/cancel`.

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

/// Cancel a job
///
/// Ends the job at once, sealed or not, and seals it: its open tasks become `cancelled`, their leases are dead, and
/// what depends on its success is skipped. Cancelling what is cancelled changes nothing; what ended otherwise stays
/// as it is (409).
#[utoipa::path(post, path = "/v1/jobs/{id}/cancel", tag = "producers", operation_id = "cancel_job",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "wrong input"})),
    responses((status = 200, description = "The job, cancelled.", body = wire::Job)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn cancel_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let reason = app.below(Resource::Job, id, body.read_optional(input::read_reason)).await?;
    let job = within(app.store().on_behalf_of(caller).cancel_job(id, reason)).await?;
    Ok(Answer(view::job(job)))
}
