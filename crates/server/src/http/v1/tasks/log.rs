//! `POST /v1/tasks/{id}/log` and `POST /v1/tasks/log`.

use std::sync::Arc;

use axum::extract::State;
use uuid::Uuid;
use windlass_store::{Answer, IdempotencyKey, LogCall, LogItem, Logged, NotLogged, RenderLog, Resource};
use windlass_wire as wire;

use crate::app::App;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::path::PathId;
use crate::http::{Done, Problem};
use crate::input::Pointer;
use crate::input::report::{read_logs, take_log};
use crate::view;

/// Write to a task's log
///
/// 1 to 1,000 lines for people, oldest first. A message of more than 8 KiB is cut, control characters but tab and newline are replaced. One attempt keeps
/// 1 MiB of messages and fields: from the first line that does not fit on all are dropped and counted, and once the attempt has ended its log says how
/// many. It does not extend the lease.
#[utoipa::path(post, path = "/v1/tasks/{id}/log", tag = "workers", operation_id = "log_task",
    security(("key" = ["work"])),
    params(("id" = Uuid, Path, description = "The task's id."), IdempotencyParameters),
    request_body(content = wire::WriteLog, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "lines": [{"message": "read 3 files", "level": "info", "at": "2026-11-22T20:00:00Z", "fields": {"files": 3}}]
    })),
    responses((status = 200, description = "How many lines were stored, and how many dropped.", body = wire::Logged,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["lease_lost", "idempotency_key_reused"]))))]
pub(crate) async fn log_task(
    State(app): State<App>,
    id: PathId,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::Logged>, Problem> {
    let id = id.of(Resource::Task)?;
    let read = body.read(|root| root.object(|call| take_log(call, id)));
    let item = app.below(Resource::Task, id, read).await?;
    let render = |outcomes: &[Result<Logged, NotLogged>]| {
        let logged = outcomes.first().and_then(|outcome| outcome.ok())?;
        Some(Done::stored(&view::logged(logged)).body)
    };
    let call = LogCall { items: vec![item], once: once(key, render) };
    Ok(match app.engine().logs.write(call).await? {
        Answer::Repeated(stored) => Done::Repeated(stored),
        Answer::New(mut outcomes) => {
            let outcome = outcomes.pop().expect("the store answers each item of a call");
            Done::New(view::logged(outcome.map_err(windlass_store::Error::from)?))
        }
    })
}

/// Write to the logs of many tasks
///
/// Up to 1,000 tasks and 10,000 lines in all; each task is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/log", tag = "workers", operation_id = "log_tasks",
    security(("key" = ["work"])),
    params(IdempotencyParameters),
    request_body(content = wire::Batch<wire::WriteLogItem>, example = json!({"tasks": [{
        "id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "lines": [{"message": "read 3 files"}]
    }]})),
    responses((status = 200, description = "An outcome per task.", body = wire::BatchResults<wire::LogResult>,
        headers(("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn log_tasks(
    State(app): State<App>,
    CreateBody { body, key }: CreateBody,
) -> Result<Done<wire::BatchResults<wire::LogResult>>, Problem> {
    let (mut items, mut read): (Vec<LogItem>, Vec<Read>) = (Vec::new(), Vec::new());
    for (id, item) in app.below_tasks(read_logs(body.document()?)?).await? {
        let refused = item.map(|item| items.push(item)).err().map(Problem::into_wire);
        read.push(Read { id, refused });
    }
    let read: Arc<[Read]> = read.into();
    let rendered = Arc::clone(&read);
    let render =
        move |outcomes: &[Result<Logged, NotLogged>]| Some(Done::stored(&results(&rendered, outcomes)).body);
    let call = LogCall { items, once: once(key, render) };
    let answer = app.engine().logs.write(call).await?;
    Ok(Done::of(answer, |outcomes| results(&read, &outcomes)))
}

/// An item of a call: its id as far as it could be read, and why it was refused if it was.
struct Read {
    id: Option<Uuid>,
    refused: Option<wire::Problem>,
}

fn once(
    key: Option<IdempotencyKey>,
    render: impl Fn(&[Result<Logged, NotLogged>]) -> Option<String> + Send + Sync + 'static,
) -> Option<(IdempotencyKey, RenderLog)> {
    key.map(|key| (key, Arc::new(render) as RenderLog))
}

/// The outcomes in the order asked: problems of the items that were refused, and what became of the others.
fn results(read: &[Read], outcomes: &[Result<Logged, NotLogged>]) -> wire::BatchResults<wire::LogResult> {
    let mut outcomes = outcomes.iter();
    let tasks = Pointer::Field(&Pointer::Root, "tasks");
    let result = |(index, Read { id, refused }): (usize, &Read)| {
        let outcome = match refused {
            Some(problem) => Err(problem.clone()),
            None => outcomes.next().expect("the store answers each item of a call").map_err(|why| {
                Problem::of(windlass_store::Error::from(why), &Pointer::Item(&tasks, index)).into_wire()
            }),
        };
        match outcome.map(view::logged) {
            Ok(wire::Logged { accepted, dropped }) => {
                wire::LogResult { id: *id, accepted: Some(accepted), dropped: Some(dropped), problem: None }
            }
            Err(problem) => {
                wire::LogResult { id: *id, accepted: None, dropped: None, problem: Some(problem) }
            }
        }
    };
    wire::BatchResults { results: read.iter().enumerate().map(result).collect() }
}
