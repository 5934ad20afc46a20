//! `PUT /jobnik/v1/jobs/{jobId}/status`.

use axum::extract::State;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::input::jobnik::read_jobnik_job_status;

/// Pause, resume or abort a job
///
/// While it is PAUSED nothing of it is handed out, and what runs may report. PENDING resumes it. ABORTED is final, and immediate.
#[utoipa::path(put, path = "/jobnik/v1/jobs/{jobId}/status", tag = "jobs", operation_id = "updateStatusV1",
    security(("key" = ["produce"])),
    params(("jobId" = Uuid, Path, description = "The job's id.")),
    request_body(content = wire::JobStatusChange, example = json!({"status": "PAUSED"})),
    responses((status = 200, description = "It is changed.", body = wire::Done)))]
pub(crate) async fn set_job_status(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: Segment,
    body: Body,
) -> Result<Shown<wire::Done>, Wrong> {
    let id = id.id("jobId")?;
    let status = body.read(read_jobnik_job_status)?;
    within(app.store().on_behalf_of(caller).set_jobnik_job_status(id, status)).await??;
    Ok(Shown::done(wire::DoneCode::JobModifiedSuccessfully))
}
