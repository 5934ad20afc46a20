//! `GET /v1/queues/{type}`.

use axum::extract::State;
use windlass_wire as wire;

use super::path::PathType;
use crate::app::App;
use crate::engine::within;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a queue
///
/// What waits and runs of one type. There is a queue for each type that has jobs or a setting, or that a job, a PATCH or a dequeue named
/// in the last 24 hours.
#[utoipa::path(get, path = "/v1/queues/{type}", tag = "operators", operation_id = "get_queue",
    security(("key" = ["read"])),
    params(("type" = String, Path, description = "The type.", min_length = 1, max_length = 100)),
    responses((status = 200, description = "The queue.", body = wire::Queue)))]
pub(crate) async fn get_queue(
    State(app): State<App>,
    name: PathType,
    _: NoQuery,
) -> Result<Answer<wire::Queue>, Problem> {
    let queue = within(app.store().queue(&name.parse()?)).await?;
    Ok(Answer(view::queue(queue)))
}
