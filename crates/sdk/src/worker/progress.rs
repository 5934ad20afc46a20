//! Reports how far a task is, and what it leaves for its next attempt, beside its handler: not too often, the latest winning.

use tokio::time::{Instant, sleep_until};
use windlass_wire::{Heartbeat, LeasedTask, ReportProgress, TaskProgress};

use super::context::{Latest, Said};
use super::heart::{self, Lease};
use super::shared::Shared;
use super::{Cancellation, Context};
use crate::resilience::Backoff;
use crate::{Client, Error};

/// Sends progress and checkpoints as they come; ends only when the lease turns out to be lost.
pub(super) async fn report_until_lost(
    shared: &Shared,
    context: &Context,
    lease: &Lease<'_>,
    mut latest: Latest,
) -> Cancellation {
    // A report that fails is replaced by the next one.
    let client = Client { backoff: Backoff::NEVER, ..shared.client.clone() };
    let task = context.task();
    loop {
        if latest.changed().await.is_err() {
            // The handler and its context are gone: there is nothing left to report.
            return std::future::pending().await;
        }
        let said = latest.borrow_and_update().clone();
        let mut next_at = Instant::now() + shared.settings.progress_interval;
        match report(&client, task, context, said).await {
            Ok(()) => lease.renewed(),
            Err(error) => {
                if let Some(cause) = heart::lost(&error) {
                    return cause;
                }
                next_at = next_at.max(Instant::now() + error.asked_to_wait());
                tracing::debug!(task_id = %task.id, error = &error as &dyn std::error::Error, "cannot report progress");
            }
        }
        sleep_until(next_at).await;
    }
}

async fn report(client: &Client, task: &LeasedTask, context: &Context, said: Said) -> Result<(), Error> {
    let (lease_token, checkpoint) = (task.lease_token, context.unsent_checkpoint());
    let sent = checkpoint.clone();
    if let Some(TaskProgress { current, total, message }) = said.progress {
        let report = ReportProgress { lease_token, current, total, message, checkpoint };
        client.report_progress(task.id, &report).await?;
    } else {
        let beat = Heartbeat { lease_token, lease_seconds: None, checkpoint };
        client.heartbeat_task(task.id, &beat).await?;
    }
    if let Some(sent) = sent {
        context.checkpoint_sent(sent);
    }
    Ok(())
}
