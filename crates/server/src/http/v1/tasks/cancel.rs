//! `POST /v1/tasks/{id}/cancel`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;
use crate::view;

/// Cancel a task
///
/// Ends the task at once: its attempt ends with outcome `cancelled`, its lease is dead, and its worker learns it
/// from the next heartbeat, progress or report. Cancelling what is cancelled changes nothing; what ended otherwise
/// stays as it is (409).
#[utoipa::path(post, path = "/v1/tasks/{id}/cancel", tag = "producers", operation_id = "cancel_task",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "this file is broken"})),
    responses((status = 200, description = "The task, cancelled.", body = wire::Task)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn cancel_task(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let reason = app.below(Resource::Task, id, body.read_optional(input::read_reason)).await?;
    let task = within(app.store().on_behalf_of(caller).cancel_task(id, reason)).await?;
    Ok(Answer(view::task(task)))
}
