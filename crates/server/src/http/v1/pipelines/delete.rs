//! `DELETE /v1/pipelines/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use windlass_store::Resource;

use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{CalledBy, Problem};

/// Delete a pipeline
///
/// Only of a pipeline that has ended. Its jobs, tasks and attempts go with it, however many there are; its events stay
/// until retention takes them. A second DELETE is 404.
#[utoipa::path(delete, path = "/v1/pipelines/{id}", tag = "producers", operation_id = "delete_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-problems" = json!(["not_terminal"]))))]
pub(crate) async fn delete_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    let id = id.of(Resource::Pipeline)?;
    within(app.store().on_behalf_of(caller).delete_pipeline(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
