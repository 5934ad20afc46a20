//! `GET /jobnik/v1/jobs/{jobId}/stages`.

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

/// List the stages of a job
///
/// In their order, 10,000 rows with their tasks or 64 MiB at the most.
#[utoipa::path(get, path = "/jobnik/v1/jobs/{jobId}/stages", tag = "jobs", operation_id = "getStagesByJobIdV1",
    security(("key" = ["read"])),
    params(("jobId" = Uuid, Path, description = "The job's id."),
        ("should_return_tasks" = Option<bool>, Query, description = "With their tasks.")),
    responses((status = 200, description = "The stages.", body = [wire::Stage],
        headers(("x-truncated" = String, description = "`true` when there were more.")))))]
pub(crate) async fn list_job_stages(
    State(app): State<App>,
    id: Segment,
    mut parameters: Parameters,
) -> Result<Shown<Vec<wire::Stage>>, Wrong> {
    let id = id.id("jobId")?;
    let with_tasks = parameters.flag("should_return_tasks")?;
    parameters.none_left()?;
    let stages = within(app.store().jobnik_stages_of_job(id, with_tasks)).await?;
    Ok(Shown::list(stages.ok_or(JobnikRefusal::NoJob)?, view::jobnik::stage))
}
