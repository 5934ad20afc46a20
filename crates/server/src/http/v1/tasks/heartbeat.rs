//! `POST /v1/tasks/{id}/heartbeat` and `POST /v1/tasks/heartbeat`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::{Heartbeat, Resource};
use windlass_wire as wire;

use super::batch::{Outcome, read_items, send};
use super::report::take_token;
use crate::app::App;
use crate::engine::only;
use crate::http::body::{Body, Object};
use crate::http::path::PathId;
use crate::http::{Answer, Problem};

/// Extend a lease
///
/// The lease lasts `lease_seconds` (1 to 86,400) from now on, or its present length again. A lost lease tells the
/// worker to stop: `task_state` says what became of the task.
#[utoipa::path(post, path = "/v1/tasks/{id}/heartbeat", tag = "workers", operation_id = "heartbeat_task",
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::Heartbeat, example = json!({"lease_token": "0193c5a8-7d5e-7000-8000-000000000001"})),
    responses((status = 200, description = "When the lease now ends.", body = wire::LeaseExtended)),
    extensions(("x-problems" = json!(["lease_lost"]))))]
pub(crate) async fn heartbeat_task(
    State(app): State<App>,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::LeaseExtended>, Problem> {
    let id = id.of(Resource::Task)?;
    let report =
        app.below(Resource::Task, id, body.read(|root| root.object(|report| take(report, id)))).await?;
    let lease_expires_at = only(app.batchers().heartbeat.submit(vec![report]).await?)?;
    Ok(Answer(wire::LeaseExtended { lease_expires_at }))
}

/// Extend many leases
///
/// Up to 1,000 heartbeats; each is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/heartbeat", tag = "workers", operation_id = "heartbeat_tasks",
    request_body(content = wire::Batch<wire::HeartbeatItem>, example = json!({"tasks": [
        {"id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001"}
    ]})),
    responses((status = 200, description = "An outcome per item.", body = wire::BatchResults<wire::HeartbeatResult>)))]
pub(crate) async fn heartbeat_tasks(
    State(app): State<App>,
    body: Body,
) -> Result<Answer<wire::BatchResults<wire::HeartbeatResult>>, Problem> {
    let outcomes = send(read_items(&body, take)?, |batch| app.batchers().heartbeat.submit(batch)).await?;
    Ok(Answer(wire::BatchResults { results: outcomes.into_iter().map(show).collect() }))
}

fn take(report: &mut Object<'_>, id: Uuid) -> Option<Heartbeat> {
    let token = take_token(report);
    let lease = report.optional("lease_seconds", |field| field.seconds(Limits::LEASE_SECONDS));
    Some(Heartbeat { id, token: token?, lease })
}

fn show((id, outcome): Outcome<chrono::DateTime<chrono::Utc>>) -> wire::HeartbeatResult {
    let (lease_expires_at, problem) = match outcome {
        Ok(at) => (Some(at), None),
        Err(problem) => (None, Some(problem.into_wire())),
    };
    wire::HeartbeatResult { id, lease_expires_at, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Heartbeat, String> {
        let read = Body::of(body.as_bytes()).read(|root| root.object(|report| take(report, Uuid::nil())));
        read.map_err(|problem| problem.into_wire().errors.unwrap().remove(0).pointer)
    }

    #[test]
    fn a_token_that_is_no_uuid_is_nobodys_and_another_type_is_refused() {
        assert_eq!(read(r#"{"lease_token":"nonsense"}"#).unwrap().token, Uuid::nil());
        assert_eq!(read(r#"{"lease_token":""}"#).unwrap().token, Uuid::nil());
        for wrong in ["7", "null", "{}", r#""\u0000""#] {
            assert_eq!(
                read(&format!(r#"{{"lease_token":{wrong}}}"#)).unwrap_err(),
                "/lease_token",
                "{wrong}"
            );
        }
    }
}
