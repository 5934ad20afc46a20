//! `GET /jobnik/v1/stages`.

use axum::extract::State;
use windlass_domain::JobnikStageStatus;
use windlass_store::JobnikStageFilter;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::jobnik::query::Parameters;
use crate::http::jobnik::refusal::{Refusal, Wrong};
use crate::http::jobnik::shown::Shown;
use crate::view;

/// The parameters, for the document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(crate) struct StageParameters {
    /// Of this job.
    job_id: Option<uuid::Uuid>,
    /// Of this type.
    #[param(min_length = 1, max_length = 50)]
    stage_type: Option<String>,
    /// In this status.
    #[param(inline)]
    stage_operation_status: Option<wire::StageStatus>,
    /// With their tasks.
    should_return_tasks: Option<bool>,
}

/// List stages
///
/// Oldest first, 10,000 rows with their tasks or 64 MiB at the most.
#[utoipa::path(get, path = "/jobnik/v1/stages", tag = "stages", operation_id = "getStagesV1",
    security(("key" = ["read"])),
    params(StageParameters),
    responses((status = 200, description = "The stages.", body = [wire::Stage],
        headers(("x-truncated" = String, description = "`true` when there were more.")))))]
pub(crate) async fn list_stages(
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Shown<Vec<wire::Stage>>, Wrong> {
    let filter = read(parameters)?;
    let stages = within(app.store().list_jobnik_stages(&filter)).await?;
    Ok(Shown::list(stages, view::jobnik::stage))
}

fn read(mut parameters: Parameters) -> Result<JobnikStageFilter, Refusal> {
    let must = "must be equal to one of the allowed values";
    let filter = JobnikStageFilter {
        job_id: parameters.uuid("job_id")?,
        type_name: parameters.text("stage_type", 1)?,
        status: parameters.optional("stage_operation_status", must, JobnikStageStatus::parse)?,
        with_tasks: parameters.flag("should_return_tasks")?,
    };
    parameters.none_left()?;
    Ok(filter)
}
