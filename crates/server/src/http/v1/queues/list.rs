//! `GET /v1/queues`.

use axum::extract::State;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::List;
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem, named};
use crate::view;

/// List queues
///
/// By type: one for each type that has jobs or a setting, or that a job, a PATCH or a dequeue named in the last 24 hours.
#[utoipa::path(get, path = "/v1/queues", tag = "operators", operation_id = "list_queues",
    security(("key" = ["read"])),
    params(PageParameters),
    responses((status = 200, description = "A page of queues.", body = wire::Page<wire::Queue>)))]
pub(crate) async fn list_queues(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Queue>>, Problem> {
    let paging = query.read(|query| named::Paging::take(query, List::Queues))?;
    let (after, limit) = paging.window();
    let limit = i64::try_from(limit).expect("a limit is 1 to 500");
    let queues = within(app.store().queues(after, limit)).await?;
    Ok(Answer(paging.cut(queues, |queue| &queue.type_name, view::queue)))
}
