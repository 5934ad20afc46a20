//! `DELETE /jobnik/v1/jobs/{jobId}`.

use axum::extract::State;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::query::Parameters;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;

/// Delete a job
///
/// One that is COMPLETED, FAILED or ABORTED, with its stages and tasks.
#[utoipa::path(delete, path = "/jobnik/v1/jobs/{jobId}", tag = "jobs", operation_id = "deleteJobV1",
    security(("key" = ["produce"])),
    params(("jobId" = Uuid, Path, description = "The job's id.")),
    responses((status = 200, description = "It is gone.", body = wire::Done)))]
pub(crate) async fn delete_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: Segment,
    parameters: Parameters,
) -> Result<Shown<wire::Done>, Wrong> {
    let id = id.id("jobId")?;
    parameters.none_left()?;
    within(app.store().on_behalf_of(caller).delete_jobnik_job(id)).await??;
    Ok(Shown::done(wire::DoneCode::JobDeletedSuccessfully))
}
