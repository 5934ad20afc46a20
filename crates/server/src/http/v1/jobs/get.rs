//! `GET /v1/jobs/{id}`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a job
///
/// The job, whole: with `payload` and `metadata`, and running tasks' own progress counted in.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "producers", operation_id = "get_job",
    security(("key" = ["read"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = wire::Job)))]
pub(crate) async fn get_job(
    State(app): State<App>,
    id: PathId,
    _: NoQuery,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let job = within(app.store().job(id)).await?;
    Ok(Answer(view::job(job)))
}
