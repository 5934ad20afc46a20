//! `PATCH /jobnik/v1/jobs/{jobId}/priority`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::input::jobnik::read_jobnik_priority_change;

/// Change a job's priority
///
/// In every state; it counts from the next dequeue on.
#[utoipa::path(patch, path = "/jobnik/v1/jobs/{jobId}/priority", tag = "jobs", operation_id = "updateJobPriorityV1",
    security(("key" = ["produce"])),
    params(("jobId" = Uuid, Path, description = "The job's id.")),
    request_body(content = wire::PriorityChange, example = json!({"priority": "HIGH"})),
    responses((status = 200, description = "It is changed.", body = wire::Done),
        (status = 204, description = "It is the same.",
            headers(("reason" = String, description = "`PRIORITY_CANNOT_BE_UPDATED_TO_SAME_VALUE`.")))))]
pub(crate) async fn set_job_priority(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: Segment,
    body: Body,
) -> Result<Response, Wrong> {
    let id = id.id("jobId")?;
    let priority = body.read(read_jobnik_priority_change)?;
    let changed = within(app.store().on_behalf_of(caller).set_jobnik_job_priority(id, priority)).await??;
    if changed {
        return Ok(Shown::done(wire::DoneCode::JobModifiedSuccessfully).into_response());
    }
    Ok((StatusCode::NO_CONTENT, [("reason", "PRIORITY_CANNOT_BE_UPDATED_TO_SAME_VALUE")]).into_response())
}
