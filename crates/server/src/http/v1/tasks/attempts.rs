//! `GET /v1/tasks/{id}/attempts`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor;
use crate::http::path::PathId;
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// List the attempts of a task
///
/// Oldest first. A released attempt is listed with the number that it gave back. A complete, fail or release that came
/// with a token that was once real and no longer current is stored as evidence: outcome `late`, by its arrival, with its
/// attempt's number and worker, and its body as `detail`; up to 100 of a task.
#[utoipa::path(get, path = "/v1/tasks/{id}/attempts", tag = "producers", operation_id = "list_task_attempts",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id."), PageParameters),
    responses((status = 200, description = "A page of attempts.", body = wire::Page<wire::Attempt>)))]
pub(crate) async fn list_task_attempts(
    State(app): State<App>,
    id: PathId,
    query: Query,
) -> Result<Answer<wire::Page<wire::Attempt>>, Problem> {
    let (limit, after) = query.read(|query| (query.limit(), query.cursor(cursor::read_attempt)))?;
    let id = id.of(Resource::Task)?;
    let page = within(app.store().task_attempts(id, after, limit)).await?;
    Ok(Answer(view::page(page, |last| cursor::write_attempt(last.cursor), view::attempt)))
}
