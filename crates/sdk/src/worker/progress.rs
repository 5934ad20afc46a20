//! Reports how far a task is, beside its handler: not too often, the latest winning.

use tokio::time::{Instant, sleep_until};
use windlass_wire::{LeasedTask, ReportProgress, TaskProgress};

use super::Cancellation;
use super::context::Latest;
use super::heart::{self, Lease};
use super::shared::Shared;
use crate::resilience::Backoff;
use crate::{Client, Error};

/// Sends progress as it comes; ends only when the lease turns out to be lost.
pub(super) async fn report_until_lost(
    shared: &Shared,
    task: &LeasedTask,
    lease: &Lease<'_>,
    mut latest: Latest,
) -> Cancellation {
    // A report that fails is replaced by the next one.
    let client = Client { backoff: Backoff::NEVER, ..shared.client.clone() };
    loop {
        if latest.changed().await.is_err() {
            // The handler and its context are gone: there is nothing left to report.
            return std::future::pending().await;
        }
        let Some(progress) = latest.borrow_and_update().clone() else { continue };
        let mut next_at = Instant::now() + shared.settings.progress_interval;
        match report(&client, task, progress).await {
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

async fn report(client: &Client, task: &LeasedTask, progress: TaskProgress) -> Result<(), Error> {
    let TaskProgress { current, total, message } = progress;
    let report = ReportProgress { lease_token: task.lease_token, current, total, message };
    client.report_progress(task.id, &report).await.map(drop)
}
