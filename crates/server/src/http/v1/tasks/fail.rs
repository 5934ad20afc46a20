//! `POST /v1/tasks/{id}/fail` and `POST /v1/tasks/fail`.

use axum::extract::State;
use windlass_domain::Verb;
use windlass_store::Resource;
use windlass_wire as wire;

use super::late::{keep_if_late, keep_late};
use super::report::{report_all, result};
use crate::app::App;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input::OutcomeReader;
use crate::input::report::{read_items, take_fail};
use crate::view;

/// Fail a task
///
/// Ends the attempt. Whether another follows is decided by the job's policy, `max_attempts` and `retry`: `auto` (the
/// policy), `never`, or `{"after_seconds": n}` (0 to 30 days, overrides the policy's delay and `non_retryable`, never
/// `max_attempts`). `outcomes` records what became of up to 10,000 items, in the same transaction. Repeating an accepted fail with the same token answers 200 again and counts once.
#[utoipa::path(post, path = "/v1/tasks/{id}/fail", tag = "workers", operation_id = "fail_task",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::Fail, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "error": {"category": "network_error", "message": "connection reset", "detail": {"host": "db-3"}},
        "retry": {"after_seconds": 30}
    })),
    responses((status = 200, description = "The task: scheduled, queued or failed.", body = wire::Task)),
    extensions(("x-problems" = json!(["lease_lost"]))))]
pub(crate) async fn fail_task(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let outcomes = OutcomeReader::default();
    let report =
        body.read(|root| root.object(|report| take_fail(report, caller, id, app.limits(), &outcomes)));
    let report = app.below(Resource::Task, id, report).await?;
    let answer = app.engine().reports.report(report.into()).await.map_err(Problem::from);
    keep_if_late(&app, Verb::Fail, id, &body, &answer).await;
    Ok(Answer(view::task(answer?)))
}

/// Fail many tasks
///
/// Up to 1,000 reports, together recording up to 10,000 outcomes; each is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/fail", tag = "workers", operation_id = "fail_tasks",
    security(("key" = ["work"])),
    request_body(content = wire::Batch<wire::FailItem>, example = json!({"tasks": [{
        "id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "error": {"category": "data_error", "message": "truncated file"}, "retry": "never"
    }]})),
    responses((status = 200, description = "An outcome per item.", body = wire::BatchResults<wire::ReportResult>)))]
pub(crate) async fn fail_tasks(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    body: Body,
) -> Result<Answer<wire::BatchResults<wire::ReportResult>>, Problem> {
    let items = {
        let outcomes = OutcomeReader::default();
        read_items(body.document()?, |report, id| take_fail(report, caller, id, app.limits(), &outcomes))?
    };
    let outcomes = report_all(&app, items).await?;
    keep_late(&app, Verb::Fail, &body, &outcomes).await;
    Ok(Answer(wire::BatchResults { results: outcomes.into_iter().map(result).collect() }))
}
