//! `POST /v1/tasks/{id}/complete` and `POST /v1/tasks/complete`.

use axum::extract::State;
use windlass_domain::Verb;
use windlass_store::Resource;
use windlass_wire as wire;

use super::late::{keep_if_late, keep_late};
use super::report::{report_all, result};
use crate::app::App;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Narrowed, Problem};
use crate::input::report::{read_items, take_complete};
use crate::input::{OutcomeReader, TaskReader};
use crate::view;

/// Complete a task
///
/// Ends the task well, with a `result` of up to 256 KiB. `add_tasks` adds tasks to unsealed jobs of the same pipeline in
/// the same transaction, up to 10,000 a call, and seals them if asked, in the order of the request. Tasks for a job that has
/// failed, was cancelled or skipped are added as ended like it, and come back with its retry. `outcomes` records what became of
/// up to 10,000 items, in the same transaction as well. Repeating an accepted complete with the same token answers 200 again and counts once.
#[utoipa::path(post, path = "/v1/tasks/{id}/complete", tag = "workers", operation_id = "complete_task",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::Complete, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "result": {"files": 2},
        "metrics": {"cpu_seconds": 0.8},
        "add_tasks": [{"job": "hash", "tasks": [{"payload": ["a.tif", "b.tif"]}], "seal": true}]
    })),
    responses((status = 200, description = "The task, succeeded.", body = wire::Task)),
    extensions(("x-problems" = json!(["lease_lost", "job_sealed"]))))]
pub(crate) async fn complete_task(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let (tasks, outcomes) = (TaskReader::new(app.limits()), OutcomeReader::default());
    let report = body.read(|root| {
        root.object(|report| {
            take_complete(report, (caller, types.as_ref()), id, app.limits(), (&tasks, &outcomes))
        })
    });
    let report = app.below(Resource::Task, id, report).await?;
    let answer = app.engine().reports.report(report.into()).await.map_err(Problem::from);
    keep_if_late(&app, Verb::Complete, id, &body, &answer).await;
    Ok(Answer(view::task(answer?)))
}

/// Complete many tasks
///
/// Up to 1,000 reports, together adding up to 10,000 tasks and recording up to 10,000 outcomes; each is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/complete", tag = "workers", operation_id = "complete_tasks",
    security(("key" = ["work"])),
    request_body(content = wire::Batch<wire::CompleteItem>, example = json!({"tasks": [{
        "id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "result": {"files": 2}
    }]})),
    responses((status = 200, description = "An outcome per item.", body = wire::BatchResults<wire::ReportResult>)))]
pub(crate) async fn complete_tasks(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    body: Body,
) -> Result<Answer<wire::BatchResults<wire::ReportResult>>, Problem> {
    let items = {
        let (tasks, outcomes) = (TaskReader::new(app.limits()), OutcomeReader::default());
        read_items(body.document()?, |report, id| {
            take_complete(report, (caller, types.as_ref()), id, app.limits(), (&tasks, &outcomes))
        })?
    };
    let outcomes = report_all(&app, items).await?;
    keep_late(&app, Verb::Complete, &body, &outcomes).await;
    Ok(Answer(wire::BatchResults { results: outcomes.into_iter().map(result).collect() }))
}
