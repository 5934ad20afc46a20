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
/// By type, one for each type that a job or a PATCH has named.
#[utoipa::path(get, path = "/v1/queues", tag = "operators", operation_id = "list_queues",
    params(PageParameters),
    responses((status = 200, description = "A page of queues.", body = wire::Page<wire::Queue>)))]
pub(crate) async fn list_queues(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Queue>>, Problem> {
    let paging = query.read(|query| named::Paging::take(query, List::Queues))?;
    let queues = within(app.store().queues()).await?;
    Ok(Answer(paging.page(queues, |queue| &queue.type_name, view::queue)))
}
