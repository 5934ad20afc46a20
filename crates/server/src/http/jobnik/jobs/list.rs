//! `GET /jobnik/v1/jobs`.

use axum::extract::State;
use windlass_store::JobnikJobFilter;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::jobnik::query::Parameters;
use crate::http::jobnik::refusal::{Refusal, Wrong};
use crate::http::jobnik::shown::Shown;
use crate::input::jobnik::read_jobnik_priority;
use crate::view;

/// The parameters, for the document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(crate) struct JobParameters {
    /// With this name.
    #[param(min_length = 2, max_length = 50)]
    job_name: Option<String>,
    /// With this priority.
    #[param(inline)]
    priority: Option<wire::Priority>,
    /// Created then or later.
    #[param(format = DateTime)]
    from_date: Option<String>,
    /// Created then or earlier.
    #[param(format = DateTime)]
    end_date: Option<String>,
    /// With their stages.
    should_return_stages: Option<bool>,
}

/// Find jobs
///
/// Oldest first, 10,000 rows with their stages or 64 MiB at the most.
#[utoipa::path(get, path = "/jobnik/v1/jobs", tag = "jobs", operation_id = "findJobsV1",
    security(("key" = ["read"])),
    params(JobParameters),
    responses((status = 200, description = "The jobs.", body = [wire::Job],
        headers(("x-truncated" = String, description = "`true` when there were more.")))))]
pub(crate) async fn find_jobs(
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Shown<Vec<wire::Job>>, Wrong> {
    let filter = read(parameters)?;
    let jobs = within(app.store().list_jobnik_jobs(&filter)).await?;
    Ok(Shown::list(jobs, view::jobnik::job))
}

fn read(mut parameters: Parameters) -> Result<JobnikJobFilter, Refusal> {
    let must = "must be equal to one of the allowed values";
    let filter = JobnikJobFilter {
        name: parameters.text("job_name", 2)?,
        priority: parameters.optional("priority", must, read_jobnik_priority)?,
        created: parameters.created()?,
        with_stages: parameters.flag("should_return_stages")?,
    };
    parameters.none_left()?;
    Ok(filter)
}
