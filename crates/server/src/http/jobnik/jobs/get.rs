//! `GET /jobnik/v1/jobs/{jobId}`.

use axum::extract::State;
use windlass_store::JobnikRefusal;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::query::Parameters;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::view;

/// Get a job
///
/// With its stages where they are asked for.
#[utoipa::path(get, path = "/jobnik/v1/jobs/{jobId}", tag = "jobs", operation_id = "getJobByIdV1",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(("jobId" = Uuid, Path, description = "The job's id."),
        ("should_return_stages" = Option<bool>, Query, description = "With its stages.")),
    responses((status = 200, description = "The job.", body = wire::Job,
        headers(("x-truncated" = String, description = "`true` when it has more stages.")))))]
pub(crate) async fn get_job(
    State(app): State<App>,
    id: Segment,
    mut parameters: Parameters,
) -> Result<Shown<wire::Job>, Wrong> {
    let id = id.id("jobId")?;
    let with_stages = parameters.flag("should_return_stages")?;
    parameters.none_left()?;
    let job = within(app.store().jobnik_job(id, with_stages)).await?;
    let (job, truncated) = job.ok_or(JobnikRefusal::NoJob)?;
    Ok(Shown::cut(view::jobnik::job(job), truncated))
}
