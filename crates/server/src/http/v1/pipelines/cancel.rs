//! `POST /v1/pipelines/{id}/cancel`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::answer::whole;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;

/// Cancel a pipeline
///
/// Ends the pipeline at once, sealed or not, and seals it: open tasks become `cancelled`, their leases are dead,
/// and their workers learn it from the next heartbeat, progress or report. With `clean_up` the jobs that have not ended and have a `failed`,
/// `finished` or `always` edge are spared, with what hangs below them: their edges decide them, they take no more tasks once they are open, and the
/// pipeline shows `cancelling` until they have ended; then it is `cancelled`. Its own pause ends. Cancelling what is cancelled changes
/// nothing; what ended otherwise stays as it is (409).
#[utoipa::path(post, path = "/v1/pipelines/{id}/cancel", tag = "producers", operation_id = "cancel_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body(content = Option<wire::CancelPipeline>, example = json!({"clean_up": true, "reason": "the source was withdrawn"})),
    responses((status = 200, description = "The pipeline, cancelled or being cancelled.", body = wire::Pipeline)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn cancel_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let (clean_up, reason) =
        app.below(Resource::Pipeline, id, body.read_optional(input::read_cancel)).await?;
    let store = app.store().on_behalf_of(caller);
    let (pipeline, jobs) = if clean_up {
        within(store.clean_up_pipeline(id, reason)).await?
    } else {
        within(store.cancel_pipeline(id, reason)).await?
    };
    Ok(whole(pipeline, jobs))
}
