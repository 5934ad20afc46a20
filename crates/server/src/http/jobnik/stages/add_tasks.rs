//! `POST /jobnik/v1/stages/{stageId}/tasks`.

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
use crate::input::jobnik::read_jobnik_tasks;
use crate::view;

/// Add tasks to a stage
///
/// 1 to 10,000, all of them or none, until the first of the stage's tasks is dequeued.
#[utoipa::path(post, path = "/jobnik/v1/stages/{stageId}/tasks", tag = "stages", operation_id = "addTasksV1",
    security(("key" = ["produce"])),
    params(("stageId" = Uuid, Path, description = "The stage's id.")),
    request_body(content = [wire::NewTask], example = json!([{"data": {"tile": "7/1/2"}, "maxAttempts": 3}])),
    responses((status = 201, description = "The tasks, PENDING, in the order of the request.", body = [wire::Task])))]
pub(crate) async fn add_tasks(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    origin: Origin,
    id: Segment,
    body: Body,
) -> Result<Shown<Vec<wire::Task>>, Wrong> {
    let id = id.id("stageId")?;
    let new = body.read(|root| read_jobnik_tasks(root, &origin, app.limits().tasks_per_call))?;
    let store = app.store().on_behalf_of(caller).narrowed_to(types);
    let tasks = within(store.add_jobnik_tasks(id, new)).await??;
    Ok(Shown::made(tasks.into_iter().map(view::jobnik::task).collect()))
}
