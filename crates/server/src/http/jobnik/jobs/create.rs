//! `POST /jobnik/v1/jobs`.

use axum::extract::State;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::input::Origin;
use crate::input::jobnik::read_jobnik_job;
use crate::view;

/// Create a job
///
/// Without stages yet. It ends once all its stages are completed, or one has failed.
#[utoipa::path(post, path = "/jobnik/v1/jobs", tag = "jobs", operation_id = "createJobV1",
    security(("key" = ["produce"])),
    request_body(content = wire::NewJob, example = json!({
        "name": "data_processing", "data": {"input": "/data/raw"}, "priority": "HIGH"
    })),
    responses((status = 201, description = "The job, PENDING.", body = wire::Job)))]
pub(crate) async fn create_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    origin: Origin,
    body: Body,
) -> Result<Shown<wire::Job>, Wrong> {
    let new = body.read(|root| read_jobnik_job(root, origin))?;
    let job = within(app.store().on_behalf_of(caller).create_jobnik_job(&new)).await?;
    Ok(Shown::made(view::jobnik::job(job)))
}
