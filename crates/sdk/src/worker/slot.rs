//! One task from its lease to its report.

use std::any::Any;
use std::future::Future;

use chrono::{DateTime, Utc};
use tokio::task::JoinError;
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use windlass_wire::{Json, LeasedTask};

use super::context::Latest;
use super::handler::Handler;
use super::heart::{Lease, beat};
use super::progress;
use super::report::Reporter;
use super::shared::Shared;
use super::{Cancellation, Context, TaskFailure, TaskLog};
use crate::{metrics, trace};

type Outcome = Result<Json, TaskFailure>;
type Running = AbortOnDropHandle<Outcome>;

/// How a slot's wait ended.
enum End {
    Finished(Outcome),
    /// Nobody would accept a report.
    Lost,
}

/// Runs the handler of `task`, extends its lease, and reports.
pub(super) async fn work(shared: &Shared, task: LeasedTask, now: Option<DateTime<Utc>>) {
    let log = TaskLog::open(&shared.journal, &task);
    let span = trace::task_span(&task, &log);
    work_in_span(shared, task, log, now).instrument(span).await;
}

async fn work_in_span(shared: &Shared, task: LeasedTask, log: TaskLog, now: Option<DateTime<Utc>>) {
    let began = Instant::now();
    let beat = beat(shared.settings.lease, &task, now);
    let (context, latest) = Context::new(&shared.client, &shared.stopping, task.clone(), log);
    let (lease, lost) = shared.heart.hold(&task, beat);
    let end = if let Some(handler) = shared.handlers.get(&task.r#type) {
        let lost = async { lost.await.unwrap_or(Cancellation::LeaseLost) };
        run(shared, &handler, &context, latest, &lease, lost).await
    } else {
        tracing::error!(r#type = task.r#type, "got a task of a type that was not asked for");
        End::Finished(Err(TaskFailure::release(None)))
    };
    let outcome = match end {
        // The lease is renewed until the report is through.
        End::Finished(outcome) => {
            let lines = shared.journal.close(task.lease_token).await;
            Reporter::new(&task, &context, beat, lines).report(outcome).await
        }
        End::Lost => {
            shared.journal.forget(task.lease_token);
            "lease_lost"
        }
    };
    metrics::ended(&task.r#type, outcome, began.elapsed());
}

/// Runs the handler to its end, or to that of its lease, or of the worker.
async fn run(
    shared: &Shared,
    handler: &Handler,
    context: &Context,
    latest: Latest,
    lease: &Lease<'_>,
    lost: impl Future<Output = Cancellation>,
) -> End {
    let _active = metrics::active(&context.task().r#type);
    let mut lost = std::pin::pin!(lost);
    let mut progress = std::pin::pin!(progress::report_until_lost(shared, context, lease, latest));
    // A task of its own, so that a panic ends only itself.
    let work = handler(context.clone()).instrument(tracing::Span::current());
    let mut running: Running = AbortOnDropHandle::new(tokio::spawn(work));
    let cause = tokio::select! {
        biased;
        joined = &mut running => return End::Finished(outcome(joined)),
        cause = &mut lost => cause,
        cause = &mut progress => cause,
        () = shared.halted.cancelled() => Cancellation::Stopping,
    };
    if cause != Cancellation::Stopping {
        tracing::warn!(?cause, "lost the lease, cancelling the handler");
        cancel(shared, context, running, cause).await;
        return End::Lost;
    }
    tokio::select! {
        ended = cancel(shared, context, running, cause) => {
            End::Finished(ended.unwrap_or_else(|| Err(TaskFailure::release(None))))
        }
        _ = &mut lost => End::Lost,
    }
}

/// Asks the handler to stop; returns what it made of its grace; `None` when it had to be aborted.
async fn cancel(
    shared: &Shared,
    context: &Context,
    running: Running,
    cause: Cancellation,
) -> Option<Outcome> {
    context.cancel(cause);
    timeout(shared.settings.cancel_grace, running).await.ok().map(outcome)
}

fn outcome(joined: Result<Outcome, JoinError>) -> Outcome {
    joined.unwrap_or_else(|error| {
        let text = match error.try_into_panic() {
            Ok(panic) => format!("the handler panicked: {}", panic_message(panic.as_ref())),
            Err(error) => format!("the handler was ended: {error}"),
        };
        Err(TaskFailure::new("system_error", text))
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
