//! `POST /v1/tasks/{id}/release`.

use axum::extract::State;
use windlass_domain::Verb;
use windlass_store::Resource;
use windlass_wire as wire;

use super::late::keep_if_late;
use crate::app::App;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input::report::take_release;
use crate::view;

/// Release a task
///
/// The attempt is not counted. The task waits behind its job's others, after `delay_seconds` (0 to 30 days, default 0)
/// if it is set. Repeating an accepted release with the same token answers 200 again and counts once.
#[utoipa::path(post, path = "/v1/tasks/{id}/release", tag = "workers", operation_id = "release_task",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::Release, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001", "delay_seconds": 5
    })),
    responses((status = 200, description = "The task, waiting again.", body = wire::Task)),
    extensions(("x-problems" = json!(["lease_lost"]))))]
pub(crate) async fn release_task(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let report = app
        .below(Resource::Task, id, body.read(|root| root.object(|report| take_release(report, caller, id))))
        .await?;
    let answer = app.engine().reports.report(report.into()).await.map_err(Problem::from);
    keep_if_late(&app, Verb::Release, id, &body, &answer).await;
    Ok(Answer(view::task(answer?)))
}
