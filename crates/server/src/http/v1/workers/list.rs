//! `GET /v1/workers`.

use axum::extract::State;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::List;
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem, named};
use crate::view;

/// List workers
///
/// By id: those that asked for tasks in the last 5 minutes, with the types that they asked for last.
#[utoipa::path(get, path = "/v1/workers", tag = "operators", operation_id = "list_workers",
    security(("key" = ["read"])),
    params(PageParameters),
    responses((status = 200, description = "A page of workers.", body = wire::Page<wire::Worker>)))]
pub(crate) async fn list_workers(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Worker>>, Problem> {
    let paging = query.read(|query| named::Paging::take(query, List::Workers))?;
    let workers = within(app.store().workers()).await?;
    Ok(Answer(paging.page(workers, |worker| &worker.id, view::worker)))
}
