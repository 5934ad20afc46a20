//! `POST /v1/tasks/{id}/complete` and `POST /v1/tasks/complete`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::{JobKey, Limits, Verb};
use windlass_store::{AddTasks, Complete, Resource};
use windlass_wire as wire;

use super::batch::read_items;
use super::late::{keep_if_late, keep_late};
use super::read::TaskReader;
use super::report::{report_all, take_metrics, take_token};
use super::show;
use crate::app::App;
use crate::engine::only;
use crate::http::body::{Body, Field, Object};
use crate::http::path::PathId;
use crate::http::{Answer, Problem};

/// Complete a task
///
/// Ends the task well, with a `result` of up to 256 KiB. `add_tasks` adds tasks to unsealed jobs of the same pipeline in
/// the same transaction, up to 10,000 a call, and seals them if asked, in the order given. Repeating an accepted
/// complete with the same token answers 200 again and counts once.
#[utoipa::path(post, path = "/v1/tasks/{id}/complete", tag = "workers", operation_id = "complete_task",
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
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let tasks = TaskReader::new(app.limits());
    let report = body.read(|root| root.object(|report| take(report, id, app.limits(), &tasks)));
    let report = app.below(Resource::Task, id, report).await?;
    let answer = only(app.batchers().report.submit(vec![report.into()]).await?).map_err(Problem::from);
    keep_if_late(&app, Verb::Complete, id, &body, &answer).await;
    Ok(Answer(show::task(answer?)))
}

/// Complete many tasks
///
/// Up to 1,000 reports, together adding up to 10,000 tasks; each is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/complete", tag = "workers", operation_id = "complete_tasks",
    request_body(content = wire::Batch<wire::CompleteItem>, example = json!({"tasks": [{
        "id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "result": {"files": 2}
    }]})),
    responses((status = 200, description = "An outcome per item.", body = wire::BatchResults<wire::ReportResult>)))]
pub(crate) async fn complete_tasks(
    State(app): State<App>,
    body: Body,
) -> Result<Answer<wire::BatchResults<wire::ReportResult>>, Problem> {
    let items = {
        let tasks = TaskReader::new(app.limits());
        read_items(&body, |report, id| take(report, id, app.limits(), &tasks))?
    };
    let outcomes = report_all(&app, items).await?;
    keep_late(&app, Verb::Complete, &body, &outcomes).await;
    Ok(Answer(wire::BatchResults { results: outcomes.into_iter().map(show::report_result).collect() }))
}

fn take(report: &mut Object<'_>, id: Uuid, limits: &Limits, tasks: &TaskReader) -> Option<Complete> {
    let token = take_token(report);
    let result = report.optional("result", |field| field.json(limits.json_bytes));
    let metrics = take_metrics(report, limits);
    let add_tasks = report.optional("add_tasks", |field| read_additions(field, limits, tasks));
    Some(Complete { id, token: token?, result, metrics, add_tasks: add_tasks.unwrap_or_default() })
}

fn read_additions(field: Field<'_>, limits: &Limits, tasks: &TaskReader) -> Option<Vec<AddTasks>> {
    field.each(0..=limits.jobs_per_pipeline, |addition, _| read_addition(addition, tasks))
}

fn read_addition(field: Field<'_>, tasks: &TaskReader) -> Option<AddTasks> {
    field.object(|addition| {
        let job = addition.required("job", |field| field.text(JobKey::parse));
        let tasks = addition.given("tasks", |field| tasks.read(field));
        let seal = addition.given("seal", |field| field.flag());
        Some(AddTasks { job: job?, tasks: tasks.unwrap_or_default(), seal: seal.unwrap_or(false) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(fields: &str) -> Result<Complete, Vec<String>> {
        let limits = Limits { tasks_per_call: 3, ..Limits::default() };
        let body = format!(r#"{{"lease_token":"t"{fields}}}"#);
        let tasks = TaskReader::new(&limits);
        let read = Body::of(body.as_bytes())
            .read(|root| root.object(|report| take(report, Uuid::nil(), &limits, &tasks)));
        read.map_err(|problem| {
            problem.into_wire().errors.unwrap().into_iter().map(|error| error.pointer).collect()
        })
    }

    #[test]
    fn a_result_is_any_json_and_null_is_none() {
        assert!(complete(r#","result":null"#).unwrap().result.is_none());
        assert_eq!(complete(r#","result":[ 1.0 ]"#).unwrap().result.unwrap().as_str(), "[1.0]");
        assert_eq!(complete(r#","result":"\u0000""#).unwrap_err(), ["/result"]);
    }

    #[test]
    fn additions_stay_together_within_the_bound_of_the_call() {
        let added = complete(
            r#","add_tasks":[{"job":"a","tasks":[{},{}]},{"job":"b","seal":true},{"job":"c","tasks":[{}]}]"#,
        );
        let added = added.unwrap().add_tasks;
        assert_eq!(
            added.iter().map(|item| (item.tasks.len(), item.seal)).collect::<Vec<_>>(),
            [(2, false), (0, true), (1, false)]
        );
        let too_many = r#","add_tasks":[{"job":"a","tasks":[{},{}]},{"job":"b","tasks":[{},{}]}]"#;
        assert_eq!(complete(too_many).unwrap_err(), ["/add_tasks/1/tasks"]);
    }
}
