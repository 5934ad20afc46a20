//! `POST /v1/tasks/{id}/retry`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::detached;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;
use crate::view;

/// Retry a task
///
/// Of a task that has ended and not succeeded: it waits again, behind its job's others, with its policy's attempts
/// granted anew; its history stays. With it comes back all that its job's `fail_fast` ended. It reopens its job, its
/// pipeline and the descendants skipped because of it; children that have opened and had no lease yet wait again.
/// 409 where its job's edges can no longer be met.
#[utoipa::path(post, path = "/v1/tasks/{id}/retry", tag = "producers", operation_id = "retry_task",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the disk was replaced"})),
    responses((status = 200, description = "The task, which waits again.", body = wire::Task)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn retry_task(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let reason = app.below(Resource::Task, id, body.read_optional(input::read_reason)).await?;
    let store = app.store().on_behalf_of(caller);
    let task = detached(app.health(), async move { store.retry_task(id, reason).await }).await?;
    Ok(Answer(view::task(task)))
}
