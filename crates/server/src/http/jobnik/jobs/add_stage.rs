//! `POST /jobnik/v1/jobs/{jobId}/stage`.

use axum::extract::State;
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::refusal::Wrong;
use crate::http::jobnik::shown::Shown;
use crate::http::{CalledBy, Narrowed};
use crate::input::Origin;
use crate::input::jobnik::read_jobnik_stage;
use crate::view;

/// Add a stage to a job
///
/// Behind all others: orders have no gap, however many are added at once. It takes tasks until one of them is dequeued.
#[utoipa::path(post, path = "/jobnik/v1/jobs/{jobId}/stage", tag = "jobs", operation_id = "addStageV1",
    security(("key" = ["produce"])),
    params(("jobId" = Uuid, Path, description = "The job's id.")),
    request_body(content = wire::NewStage, example = json!({"type": "resize", "data": {"zoom": 7}, "startAsWaiting": false})),
    responses((status = 201, description = "The stage.", body = wire::Stage)))]
pub(crate) async fn add_stage(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    origin: Origin,
    id: Segment,
    body: Body,
) -> Result<Shown<wire::Stage>, Wrong> {
    let id = id.id("jobId")?;
    let new = body.read(|root| read_jobnik_stage(root, &origin, app.jobnik().settings.lease))?;
    let store = app.store().on_behalf_of(caller).narrowed_to(types);
    let stage = within(store.add_jobnik_stage(id, &new)).await??;
    Ok(Shown::made(view::jobnik::stage(stage)))
}
