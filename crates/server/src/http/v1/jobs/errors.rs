//! `GET /v1/jobs/{id}/errors`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// List the errors of a job
///
/// The errors that ended its tasks for good, those that ended most first. Messages in which only numbers, hexadecimal digits and UUIDs differ are
/// one error, shown by the newest of them. The first 200 errors have an item each; all others share one, without category and message. Counts go on through
/// retries by hand. There is one page.
#[utoipa::path(get, path = "/v1/jobs/{id}/errors", tag = "producers", operation_id = "list_job_errors",
    security(("key" = ["read"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    responses((status = 200, description = "The errors.", body = wire::Page<wire::JobError>)))]
pub(crate) async fn list_job_errors(
    State(app): State<App>,
    id: PathId,
    _: NoQuery,
) -> Result<Answer<wire::Page<wire::JobError>>, Problem> {
    let errors = within(app.store().job_errors(id.of(Resource::Job)?)).await?;
    let items = errors.into_iter().map(view::job_error).collect();
    Ok(Answer(wire::Page { items, next_cursor: None }))
}
