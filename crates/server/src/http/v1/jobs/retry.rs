//! `POST /v1/jobs/{id}/retry`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::detached;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;
use crate::view;

/// Retry a job
///
/// Of a job that has ended. `failed`, the default, brings back its tasks that did not succeed, `all` every task.
/// Its pipeline is reopened, and so are the descendants skipped because of it. Children that have opened and had no lease
/// yet wait again; those that have begun go on, and those that have ended otherwise stay, unless `descendants` is true: then
/// what runs below is cancelled, and everything below runs again. Attempts are granted anew; history stays, the pause flag
/// stays. 409 where no job and no task would change, of it or below, or an edge of the job can no longer be met.
#[utoipa::path(post, path = "/v1/jobs/{id}/retry", tag = "producers", operation_id = "retry_job",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body(content = Option<wire::RetryJob>, example = json!({"scope": "failed", "descendants": false, "reason": "the disk was replaced"})),
    responses((status = 200, description = "The job, open again.", body = wire::Job)),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn retry_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Job>, Problem> {
    let id = id.of(Resource::Job)?;
    let (scope, descendants, reason) =
        app.below(Resource::Job, id, body.read_optional(input::read_retry_of_job)).await?;
    let store = app.store().on_behalf_of(caller);
    let job =
        detached(app.health(), async move { store.retry_job(id, scope, descendants, reason).await }).await?;
    Ok(Answer(view::job(job)))
}
