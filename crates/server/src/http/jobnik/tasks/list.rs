//! `GET /jobnik/v1/tasks`.

use axum::extract::State;
use windlass_domain::JobnikTaskStatus;
use windlass_store::JobnikTaskFilter;
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
pub(crate) struct TaskParameters {
    /// Of this stage.
    stage_id: Option<uuid::Uuid>,
    /// Of stages of this type.
    #[param(min_length = 1, max_length = 50)]
    stage_type: Option<String>,
    /// Added then or later.
    #[param(format = DateTime)]
    from_date: Option<String>,
    /// Added then or earlier.
    #[param(format = DateTime)]
    end_date: Option<String>,
    /// In this status.
    #[param(inline)]
    status: Option<wire::TaskStatus>,
}

/// List tasks
///
/// Oldest first, 10,000 or 64 MiB at the most.
#[utoipa::path(get, path = "/jobnik/v1/tasks", tag = "tasks", operation_id = "getTasksByCriteriaV1",
    security(("key" = ["read"])),
    params(TaskParameters),
    responses((status = 200, description = "The tasks.", body = [wire::Task],
        headers(("x-truncated" = String, description = "`true` when there were more.")))))]
pub(crate) async fn list_tasks(
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Shown<Vec<wire::Task>>, Wrong> {
    let filter = read(parameters)?;
    let tasks = within(app.store().list_jobnik_tasks(&filter)).await?;
    Ok(Shown::list(tasks, view::jobnik::task))
}

fn read(mut parameters: Parameters) -> Result<JobnikTaskFilter, Refusal> {
    let must = "must be equal to one of the allowed values";
    let filter = JobnikTaskFilter {
        stage_id: parameters.uuid("stage_id")?,
        type_name: parameters.text("stage_type", 1)?,
        status: parameters.optional("status", must, JobnikTaskStatus::parse)?,
        created: parameters.created()?,
    };
    parameters.none_left()?;
    Ok(filter)
}
