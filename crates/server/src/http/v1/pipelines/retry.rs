//! `POST /v1/pipelines/{id}/retry`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::answer::whole;
use crate::app::App;
use crate::engine::detached;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input::{self, RetryPipeline};

/// Retry a pipeline
///
/// Of a pipeline that has ended. `failed`, the default, brings back failed and cancelled jobs and the jobs skipped
/// because of them, over any chain of skipped ones; succeeded jobs and tasks, and jobs skipped by hand, stay. `all` runs every job and task again.
/// Their policy's attempts are granted anew; history stays, pause flags stay. Its deadline is from then on
/// `deadline_at`, by default none. 409 where nothing would run again.
#[utoipa::path(post, path = "/v1/pipelines/{id}/retry", tag = "producers", operation_id = "retry_pipeline",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body(content = Option<wire::RetryPipeline>, example = json!({"scope": "failed", "reason": "the disk was replaced"})),
    responses((status = 200, description = "The pipeline, open again.", body = wire::Pipeline)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn retry_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Pipeline>, Problem> {
    let id = id.of(Resource::Pipeline)?;
    let RetryPipeline { scope, deadline_at, reason } =
        app.below(Resource::Pipeline, id, body.read_optional(input::read_retry_of_pipeline)).await?;
    let store = app.store().on_behalf_of(caller);
    let (pipeline, jobs) =
        detached(app.health(), async move { store.retry_pipeline(id, scope, reason, deadline_at).await })
            .await?;
    Ok(whole(pipeline, jobs))
}
