//! `PATCH /jobnik/v1/stages/{stageType}/tasks/dequeue`.

use axum::extract::State;
use windlass_domain::{TypeName, WorkerId};
use windlass_store::{Dequeue, JobnikRefusal};
use windlass_wire::jobnik as wire;

use crate::app::App;
use crate::correlation;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::query::Parameters;
use crate::http::jobnik::refusal::{Refusal, Wrong};
use crate::http::jobnik::shown::Shown;
use crate::http::{CalledBy, Narrowed, Problem};
use crate::input::jobnik::LONGEST;
use crate::view;

/// Who takes tasks by this surface, as `/v1` shows them: its protocol names no worker.
const WORKER: &str = "jobnik";

/// Dequeue a task
///
/// By job priority, then first in, first out; a task that is retried waits behind the others of its stage. It has a lease: if it is not reported in
/// time, the attempt has failed. A body is not looked at.
#[utoipa::path(patch, path = "/jobnik/v1/stages/{stageType}/tasks/dequeue", tag = "stages", operation_id = "dequeueTaskV1",
    security(("key" = ["work"])),
    params(("stageType" = String, Path, description = "The type of stages, 1 to 50 characters.", min_length = 1, max_length = 50)),
    responses((status = 200, description = "The task, IN_PROGRESS.", body = wire::Task)))]
pub(crate) async fn dequeue_task(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(allowed): Narrowed,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<Shown<wire::Task>, Wrong> {
    parameters.none_left()?;
    let type_name = read_type(name)?;
    if allowed.is_some_and(|allowed| !allowed.allow(type_name.as_str())) {
        return Err(Problem::types_not_allowed([("/stageType".to_owned(), type_name.as_str())]).into());
    }
    let dequeue = Dequeue {
        caller,
        worker: WorkerId::parse(WORKER).expect("it is short"),
        max_tasks: 1,
        lease: Some(app.jobnik().settings.lease),
        key: None,
    };
    let task = app.engine().jobnik.dequeue(&type_name, dequeue).await?.ok_or(JobnikRefusal::NoTask)?;
    correlation::belongs_to(&task.correlation_id);
    Ok(Shown::whole(view::jobnik::leased_task(task)))
}

fn read_type(name: String) -> Result<TypeName, Refusal> {
    let fits = name.chars().count() <= LONGEST;
    let read = TypeName::parse(name).ok().filter(|_| fits);
    read.ok_or_else(|| {
        Refusal::invalid(format!(
            "request/params/stageType must have 1 to {LONGEST} characters, none of them NUL"
        ))
    })
}
