//! Asking for tasks: as many as slots are free, in one call, one call at a time.
//!
//! How it fails: what passes by itself is waited out with growing delays; the rest ends the worker.
//! A dequeue that is dropped at the stop may, in a race, leave leases that nobody holds: they end like
//! those of a killed worker.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use windlass_wire::{Dequeue, Dequeued, LeasedTask};

use super::{Shared, slot};
use crate::Error;

/// The most that one dequeue may ask for.
const MOST_A_CALL: usize = 100;
/// An empty answer that came sooner than this did not wait, so the next call does.
const HASTE: Duration = Duration::from_millis(500);
/// The longest pause after a failed dequeue.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Takes tasks and gives each a slot, until the server refuses for good.
pub(super) async fn take_tasks(shared: &Arc<Shared>, slots: &mut JoinSet<()>) -> Error {
    let free = Arc::new(Semaphore::new(shared.settings.concurrency));
    let mut pause = HASTE;
    loop {
        while slots.try_join_next().is_some() {}
        let permits = free_slots(&free).await;
        let began = Instant::now();
        match dequeue(shared, permits.len()).await {
            Ok((tasks, _)) if tasks.is_empty() && began.elapsed() < HASTE => sleep(HASTE).await,
            Ok((tasks, now)) => {
                pause = HASTE;
                for (task, permit) in tasks.into_iter().zip(permits) {
                    start(shared, slots, task, permit, now);
                }
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot take tasks, trying again");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return error,
        }
    }
}

/// Waits for a free slot, and takes all that are.
async fn free_slots(free: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let first = Arc::clone(free).acquire_owned().await.expect("the semaphore is never closed");
    let mut permits = vec![first];
    while permits.len() < MOST_A_CALL
        && let Ok(permit) = Arc::clone(free).try_acquire_owned()
    {
        permits.push(permit);
    }
    permits
}

/// Leases up to `slots` tasks, and tells the server's time as it answered. The key makes a repeat after a
/// lost answer give the same leases, rather than leave them to expire.
async fn dequeue(shared: &Shared, slots: usize) -> Result<(Vec<LeasedTask>, Option<DateTime<Utc>>), Error> {
    let body = Dequeue {
        types: shared.handlers.types(),
        worker_id: shared.worker_id.clone(),
        max_tasks: u32::try_from(slots).ok(),
        wait_seconds: Some(shared.settings.wait.as_secs_f64()),
        lease_seconds: shared.settings.lease.map(|lease| lease.as_secs_f64()),
    };
    let client = shared.client.idempotent(&Uuid::new_v4().to_string());
    let answer = client.send(client.dequeue_call(&body)?).await?;
    let now = answer.date;
    Ok((answer.json::<Dequeued>()?.tasks, now))
}

fn start(
    shared: &Arc<Shared>,
    slots: &mut JoinSet<()>,
    task: LeasedTask,
    permit: OwnedSemaphorePermit,
    now: Option<DateTime<Utc>>,
) {
    let shared = Arc::clone(shared);
    slots.spawn(async move {
        slot::work(&shared, task, now).await;
        drop(permit);
    });
}
