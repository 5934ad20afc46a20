//! One task from its lease to its report.

use std::any::Any;
use std::pin::pin;

use chrono::{DateTime, Utc};
use tokio::task::JoinError;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use windlass_wire::{Json, LeasedTask};

use super::lease::{Keeper, beat};
use super::report::Reporter;
use super::{Context, Shared, TaskFailure};

type Running = AbortOnDropHandle<Result<Json, TaskFailure>>;
type Joined = Result<Result<Json, TaskFailure>, JoinError>;

/// How a slot's wait ended.
enum End {
    Finished(Joined),
    LeaseLost,
    Halted,
}

/// Runs the handler of `task`, keeps its lease, and reports.
pub(super) async fn work(shared: &Shared, task: LeasedTask, now: Option<DateTime<Utc>>) {
    let beat = beat(shared.settings.lease, &task, now);
    let (context, progress) = Context::new(shared, task.clone());
    let reporter = Reporter::new(shared, &task, beat);
    let Some(handler) = shared.handlers.get(&task.r#type) else {
        tracing::error!(r#type = task.r#type, "got a task of a type that was not asked for");
        return reporter.report(Err(TaskFailure::release(None)), &context).await;
    };
    let span = tracing::info_span!("task", task_id = %task.id, r#type = task.r#type, attempt = task.attempt);
    // A task of its own, so that a panic ends only itself.
    let mut running = AbortOnDropHandle::new(tokio::spawn(handler(context.clone()).instrument(span)));
    let mut keeper = pin!(Keeper::new(shared, &task, beat, progress).keep());
    let end = tokio::select! {
        biased;
        joined = &mut running => End::Finished(joined),
        () = &mut keeper => End::LeaseLost,
        () = shared.halted.cancelled() => End::Halted,
    };
    match end {
        End::Finished(joined) => reporter.report(outcome(joined), &context).await,
        End::LeaseLost => drop(cancel(shared, &context, running).await),
        End::Halted => {
            let ended = tokio::select! {
                ended = cancel(shared, &context, running) => ended,
                () = &mut keeper => return,
            };
            reporter.report(ended.unwrap_or_else(|| Err(TaskFailure::release(None))), &context).await;
        }
    }
}

/// Tells the handler to stop, and what it made of its grace; `None` when it had to be aborted.
async fn cancel(shared: &Shared, context: &Context, running: Running) -> Option<Result<Json, TaskFailure>> {
    context.cancellation().cancel();
    timeout(shared.settings.cancel_grace, running).await.ok().map(outcome)
}

fn outcome(joined: Joined) -> Result<Json, TaskFailure> {
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
