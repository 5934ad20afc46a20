//! `POST /v1/jobs/{id}/skip`.

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

/// Skip a job
///
/// Ends a job that has not ended as `skipped`, sealed or not, and seals it: its open tasks are skipped with it, and
/// what depends on its success is skipped as well. Skipping what is skipped changes nothing; what ended otherwise
/// stays as it is (409).
#[utoipa::path(post, path = "/v1/jobs/{id}/skip", tag = "producers", operation_id = "skip_job",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "not needed this time"})),
    responses((status = 200, description = "The job, skipped.", body = wire::Job)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn skip_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let reason = app.below(Resource::Job, id, body.read_optional(input::read_reason)).await?;
    let job = within(app.store().on_behalf_of(caller).skip_job(id, reason)).await?;
    Ok(Answer(view::job(job)))
}
