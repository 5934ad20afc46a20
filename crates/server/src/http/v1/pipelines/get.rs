//! `GET /v1/pipelines/{id}`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::answer::whole;
use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a pipeline
///
/// The pipeline with all its jobs, in the order of the request; they come without `payload` and `metadata`. `waiting_for` says in one sentence why it does
/// not go on; it is null where it does, or has ended.
#[utoipa::path(get, path = "/v1/pipelines/{id}", tag = "producers", operation_id = "get_pipeline",
    security(("key" = ["read"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    responses((status = 200, description = "The pipeline.", body = wire::Pipeline)))]
pub(crate) async fn get_pipeline(
    State(app): State<App>,
    id: PathId,
    _: NoQuery,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let (pipeline, jobs) = within(app.store().pipeline(id)).await?;
    let queues = within(app.store().queues_of(&view::types_waiting(&pipeline, &jobs))).await?;
    let waiting_for = view::waiting_for(&pipeline, &jobs, &queues);
    let Answer(shown) = whole(pipeline, jobs);
    Ok(Answer(wire::Pipeline { waiting_for: Some(waiting_for), ..shown }))
}
