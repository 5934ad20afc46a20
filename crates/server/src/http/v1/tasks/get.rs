//! `GET /v1/tasks/{id}`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a task
///
/// The task in its effective state; the lease token is shown to its holder only.
#[utoipa::path(get, path = "/v1/tasks/{id}", tag = "producers", operation_id = "get_task",
    security(("key" = ["read"]), ("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    responses((status = 200, description = "The task.", body = wire::Task)))]
pub(crate) async fn get_task(
    State(app): State<App>,
    id: PathId,
    _: NoQuery,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let task = within(app.store().task(id)).await?;
    Ok(Answer(view::task(task)))
}
