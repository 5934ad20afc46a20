//! `POST /v1/pipelines/{id}/jobs`.

use axum::extract::State;
use windlass_domain::Limits;
use windlass_store::{Job, NewJob, Once, Resource};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::path::PathId;
use crate::http::{CalledBy, Created, Creation, Narrowed, Problem};
use crate::input::{Field, Scope, read_jobs};
use crate::view;

/// Add jobs to a pipeline
///
/// Adds jobs to an unsealed pipeline; their edges may lead to old and new ones. A pipeline has up to 1,000 jobs and 20,000
/// edges; one
/// call adds up to 10,000 tasks.
#[utoipa::path(post, path = "/v1/pipelines/{id}/jobs", tag = "producers", operation_id = "add_pipeline_jobs",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id."), IdempotencyParameters),
    request_body(content = wire::AddJobs, example = json!({
        "jobs": [{"key": "thumbnails", "type": "resize", "depends_on": ["hash"], "payload": {"width": 128}}]
    })),
    responses((status = 201, description = "The jobs that were added, in the order of the request, without `payload` and `metadata`.", body = wire::AddedJobs,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["pipeline_sealed", "dependency_cycle", "unknown_dependency", "duplicate_key", "idempotency_key_reused"]))))]
pub(crate) async fn add_pipeline_jobs(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    id: PathId,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::AddedJobs>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let jobs = app.below(Resource::Pipeline, id, body.read(|root| read(root, app.limits()))).await?;
    let render = |added: &Vec<Job>| created(added.clone()).into_stored();
    let once = key.map(|key| Once { key, render: &render });
    let answer =
        within(app.store().on_behalf_of(caller).narrowed_to(types).add_jobs(id, jobs, app.limits(), once))
            .await?;
    Ok(Creation::of(answer, created))
}

fn created(jobs: Vec<Job>) -> Created<wire::AddedJobs> {
    let jobs = jobs.into_iter().map(view::job_in_pipeline).collect();
    Created { location: None, body: wire::AddedJobs { jobs } }
}

fn read(root: Field<'_>, limits: &Limits) -> Option<Vec<NewJob>> {
    root.object(|body| {
        body.required("jobs", |field| read_jobs(field, 1..=limits.jobs_per_pipeline, Scope::Added, limits))
    })
}
