//! `GET /v1/pipelines/{id}/jobs/{key}/results`.

use axum::extract::State;
use windlass_domain::JobKey;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::path::PathIdAndKey;
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// List the results of a job
///
/// The results of the job's succeeded tasks, in the order in which the tasks were added.
#[utoipa::path(get, path = "/v1/pipelines/{id}/jobs/{key}/results", tag = "producers", operation_id = "list_job_results",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(
        ("id" = Uuid, Path, description = "The pipeline's id."),
        ("key" = String, Path, description = "The job's key in the pipeline.", pattern = "^[A-Za-z0-9._-]{1,100}$"),
        PageParameters
    ),
    responses((status = 200, description = "A page of results.", body = wire::Page<wire::ResultItem>)),
    extensions(("x-problems" = json!(["job_not_found"]))))]
pub(crate) async fn list_job_results(
    State(app): State<App>,
    PathIdAndKey { id, key }: PathIdAndKey,
    query: Query,
) -> Result<Answer<wire::Page<wire::ResultItem>>, Problem> {
    let paging = query.read(|query| query.paging(List::Results))?;
    let id = id.of(Resource::Pipeline)?;
    // What is no key is a job that is not there, if the pipeline is.
    let key = JobKey::parse(key).map_err(|_| Problem::not_found(Resource::Job));
    let key = app.below(Resource::Pipeline, id, key).await?;
    let page = within(app.store().job_results(id, key.as_str(), paging)).await?;
    Ok(Answer(view::page(page, |last| cursor::write(List::Results, last.task_id), view::result_item)))
}
