//! `POST /v1/jobs/{id}/tasks`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::{NewTask, Once, Resource};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::path::PathId;
use crate::http::{CalledBy, Created, Creation, Narrowed, Problem};
use crate::input::{Field, TaskReader};

/// Add tasks to a job
///
/// Adds up to 10,000 tasks to an unsealed job, in the order in which they wait.
#[utoipa::path(post, path = "/v1/jobs/{id}/tasks", tag = "producers", operation_id = "add_job_tasks",
    security(("key" = ["produce"])),
    params(("id" = Uuid, Path, description = "The job's id."), IdempotencyParameters),
    request_body(content = wire::AddTasks, example = json!({
        "tasks": [{"payload": {"file": "a.tif"}}, {"payload": {"file": "b.tif"}, "run_at": "2026-11-22T20:00:00Z"}]
    })),
    responses((status = 201, description = "The ids of the tasks, in the order of the request.", body = wire::AddedTasks,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["job_sealed", "idempotency_key_reused"]))))]
pub(crate) async fn add_job_tasks(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    id: PathId,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::AddedTasks>, Problem> {
    let id = id.of(Resource::Job)?;
    let tasks = app.below(Resource::Job, id, body.read(|root| read(root, app.limits()))).await?;
    let render = |ids: &Vec<Uuid>| created(ids.clone()).into_stored();
    let once = key.map(|key| Once { key, render: &render });
    let answer =
        within(app.store().on_behalf_of(caller).narrowed_to(types).add_tasks(id, tasks, once)).await?;
    Ok(Creation::of(answer, created))
}

fn created(ids: Vec<Uuid>) -> Created<wire::AddedTasks> {
    Created { location: None, body: wire::AddedTasks { ids } }
}

fn read(root: Field<'_>, limits: &Limits) -> Option<Vec<NewTask>> {
    root.object(|body| body.required("tasks", |field| TaskReader::new(limits).read(field)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Document;

    fn add(body: &str) -> Result<Vec<NewTask>, windlass_wire::FieldError> {
        let read = Document::of(body).read(|root| read(root, &Limits::default()));
        read.map_err(|mut rejection| rejection.errors.remove(0))
    }

    #[test]
    fn a_call_adds_ten_thousand_tasks_and_no_more() {
        let body = |tasks: usize| format!(r#"{{"tasks":[{}]}}"#, vec!["{}"; tasks].join(","));
        assert_eq!(add(&body(10_000)).unwrap().len(), 10_000);
        let error = add(&body(10_001)).unwrap_err();
        assert_eq!(error.pointer, "/tasks");
        assert!(error.detail.contains("10000"), "{}", error.detail);
        assert_eq!(add(&body(0)).unwrap().len(), 0);
    }

    #[test]
    fn a_payload_is_measured_as_compact_json() {
        let body =
            |bytes: usize| format!(r#"{{ "tasks": [{{ "payload" :  [ "{}" ] }}] }}"#, "x".repeat(bytes - 4));
        assert_eq!(add(&body(262_144)).unwrap()[0].payload.as_ref().unwrap().as_str().len(), 262_144);
        let error = add(&body(262_145)).unwrap_err();
        assert_eq!(error.pointer, "/tasks/0/payload");
        assert!(error.detail.contains("262144"), "{}", error.detail);
    }

    #[test]
    fn a_payload_passes_through_as_it_came() {
        let tasks = add(r#"{"tasks":[{"payload":{"b":-0,"a":1e5,"a":1e100000,"s":"\u00e9"}}]}"#).unwrap();
        assert_eq!(
            tasks[0].payload.as_ref().unwrap().as_str(),
            r#"{"b":-0,"a":1e5,"a":1e100000,"s":"\u00e9"}"#
        );
    }
}
