//! `PUT /jobnik/v1/tasks/{taskId}/status`.
//!
//! The protocol has no token: a report counts for the lease that its task has now. Between finding that and ending it, it may have ended otherwise; then
//! it is looked at again what the report meets.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Category, Directive, JobnikJobStatus, JobnikTaskStatus, Message, Verb};
use windlass_store::{
    Caller, Checkpoint, Complete, CurrentLease, Error, Fail, JobnikRefusal, Report, TaskError,
};
use windlass_wire::jobnik::{self as wire, Code};

use crate::app::App;
use crate::engine;
use crate::engine::within;
use crate::http::CalledBy;
use crate::http::jobnik::body::Body;
use crate::http::jobnik::path::Segment;
use crate::http::jobnik::refusal::{Refusal, Wrong};
use crate::http::jobnik::shown::Shown;
use crate::input::jobnik::{Reported, read_jobnik_report};
use crate::view;

/// When the attempt began that is reported.
const STARTED: HeaderName = HeaderName::from_static("x-attempt-started");
/// How often a lease is looked for that ends before it can be reported.
const LOOKS: usize = 5;

/// Report a task
///
/// COMPLETED, or FAILED, by which it is RETRIED while attempts remain. It counts for the task's present lease, whoever sends it. Repeating an
/// accepted report answers 200 again and counts once.
#[utoipa::path(put, path = "/jobnik/v1/tasks/{taskId}/status", tag = "tasks", operation_id = "updateTaskStatusV1",
    security(("key" = ["work"])),
    params(("taskId" = Uuid, Path, description = "The task's id."),
        ("x-attempt-started" = Option<String>, Header, nullable = false, format = DateTime,
            description = "The `startTime` that the dequeue answered: the report is refused (409) if another attempt is under way.")),
    request_body(content = wire::TaskStatusChange, example = json!({"status": "COMPLETED"})),
    responses((status = 200, description = "The task as it is then.", body = wire::Task)))]
pub(crate) async fn set_task_status(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: Segment,
    headers: HeaderMap,
    body: Body,
) -> Result<Shown<wire::Task>, Wrong> {
    let id = id.id("taskId")?;
    let reported = body.read(read_jobnik_report)?;
    let attempt = attempt(&headers)?;
    for _ in 0..LOOKS {
        let met = app.engine().jobnik.current_lease(id).await?.ok_or(JobnikRefusal::NoTask)?;
        let Some(token) = judge(&met, reported, attempt)? else { return read(&app, id).await };
        match app.engine().reports.report(report((caller, id, token), reported)).await {
            Ok(task) => {
                let shown = view::jobnik::reported_task(task, met.started_at, met.trace);
                return match shown {
                    Some(task) => Ok(Shown::whole(task)),
                    None => read(&app, id).await,
                };
            }
            Err(engine::Error::Store(Error::LeaseLost { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(other_attempt().into())
}

/// The token of the lease that a report ends; `None`: it repeats the one that did.
fn judge(
    met: &CurrentLease,
    reported: Reported,
    attempt: Option<DateTime<Utc>>,
) -> Result<Option<Uuid>, Refusal> {
    let millis = |at: DateTime<Utc>| at.timestamp_millis();
    if attempt.is_some_and(|attempt| met.started_at.map(millis) != Some(millis(attempt))) {
        return Err(other_attempt());
    }
    if let Some(token) = met.token {
        return Ok(Some(token));
    }
    if met.ended_by == Some(reported.verb()) {
        return Ok(None);
    }
    if met.job == JobnikJobStatus::Aborted {
        return Err(Refusal::transition(
            Code::IllegalJobStatusTransition,
            JobnikJobStatus::Aborted.as_str(),
            reported.as_str(),
        ));
    }
    let to = match reported {
        Reported::Completed => JobnikTaskStatus::Completed,
        Reported::Failed => JobnikTaskStatus::after_failure(met.failed, met.max_attempts),
    };
    Err(Refusal::transition(Code::IllegalTaskStatusTransition, met.status.as_str(), to.as_str()))
}

impl Reported {
    fn verb(self) -> Verb {
        match self {
            Self::Completed => Verb::Complete,
            Self::Failed => Verb::Fail,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Completed => JobnikTaskStatus::Completed.as_str(),
            Self::Failed => JobnikTaskStatus::Failed.as_str(),
        }
    }
}

/// The attempt that is said to be reported.
fn attempt(headers: &HeaderMap) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(sent) = headers.get(STARTED) else { return Ok(None) };
    let parsed = sent.to_str().ok().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let invalid = || Refusal::invalid(format!("request/headers/{STARTED} must match format \"date-time\""));
    parsed.map(|at| Some(at.to_utc())).ok_or_else(invalid)
}

fn other_attempt() -> Refusal {
    let code = Code::TaskStatusUpdateFailed;
    Refusal::new(axum::http::StatusCode::CONFLICT, code, code.as_str())
}

fn report((caller, id, token): (Caller, Uuid, Uuid), reported: Reported) -> Report {
    match reported {
        Reported::Completed => Report::Complete(Complete {
            caller,
            id,
            token,
            result: None,
            metrics: None,
            add_tasks: Vec::new(),
            outcomes: Vec::new(),
            types: None,
            lines: Vec::new(),
        }),
        Reported::Failed => Report::Fail(Fail {
            caller,
            id,
            token,
            error: TaskError {
                category: Category::parse("unknown").expect("it is well known"),
                message: Message::parse("reported as FAILED by a Jobnik client").expect("it is short"),
                detail: None,
            },
            directive: Directive::Auto,
            metrics: None,
            outcomes: Vec::new(),
            checkpoint: Checkpoint::default(),
            lines: Vec::new(),
        }),
    }
}

async fn read(app: &App, id: Uuid) -> Result<Shown<wire::Task>, Wrong> {
    let task = within(app.store().jobnik_task(id)).await?.ok_or(JobnikRefusal::NoTask)?;
    Ok(Shown::whole(view::jobnik::task(task)))
}
