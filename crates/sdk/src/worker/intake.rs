//! Asking for tasks: as many as slots are free, in one call, one call at a time for each pool of slots.
//!
//! How it fails: what passes by itself is waited out with growing delays, which end when the server answers anybody; so is a key that is
//! refused though it was good, for a while. The rest ends the worker. A dequeue that is dropped at the stop may, in a race, leave leases that nobody holds: they end like those of a
//! killed worker.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::select_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;
use windlass_wire::{Dequeue, Dequeued, LeasedTask};

use super::pool::Pool;
use super::shared::Shared;
use super::slot;
use crate::resilience::{Backoff, BreakerState, Pause};
use crate::{Client, Error, metrics};

/// The most that one dequeue may ask for.
const MOST_A_CALL: usize = 100;
/// An empty answer that came sooner than this did not wait, so the next call does.
const HASTE: Duration = Duration::from_millis(500);
/// How long to wait after dequeues that failed, or were answered empty at once.
const PAUSES: Backoff = Backoff {
    min_delay: Duration::from_millis(200),
    max_delay: Duration::from_millis(2500),
    total_delay: Duration::MAX,
};

/// Tasks in slots, one each.
pub(super) type Slots = Mutex<JoinSet<()>>;

/// Leases, and the server's time as it gave them.
struct Batch {
    tasks: Vec<LeasedTask>,
    now: Option<DateTime<Utc>>,
}

/// One dequeue. The key makes a repeat after a lost answer answer the same leases, rather than leave them to expire.
struct Ask {
    body: Dequeue,
    client: Client,
    /// Whether the server may have granted leases for it.
    maybe_done: bool,
}

/// Takes tasks and assigns each a slot, until the server refuses for good.
pub(super) async fn take_tasks(shared: &Arc<Shared>, slots: &Slots) -> Error {
    let pools = shared.handlers.pools(shared.settings.concurrency);
    let takers = pools.into_iter().map(|pool| Box::pin(take_for(pool, shared, slots)));
    select_all(takers).await.0
}

async fn take_for(pool: Pool, shared: &Arc<Shared>, slots: &Slots) -> Error {
    let free = Arc::new(Semaphore::new(pool.size));
    let mut pauses = PAUSES.delays();
    loop {
        while lock(slots).try_join_next().is_some() {}
        let permits = free_slots(&free).await;
        let began = Instant::now();
        let batch = match dequeue(shared, &pool, permits.len()).await {
            Ok(batch) => batch,
            Err(error) => return error,
        };
        if batch.tasks.is_empty() {
            metrics::empty_poll();
            if began.elapsed() < HASTE {
                tokio::time::sleep(pauses.next().unwrap_or(HASTE)).await;
                continue;
            }
        }
        pauses = PAUSES.delays();
        for (task, permit) in batch.tasks.into_iter().zip(permits) {
            start(shared, slots, task, permit, batch.now);
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

/// Leases up to `slots` tasks, however long the server is away; a key may be refused for a while, if it was good before.
async fn dequeue(shared: &Shared, pool: &Pool, slots: usize) -> Result<Batch, Error> {
    let mut pauses = PAUSES.delays();
    let mut again = None;
    loop {
        let ask = again.take().unwrap_or_else(|| Ask::new(shared, pool, slots));
        let error = match ask.once().await {
            Ok(batch) => {
                shared.acceptance.taken();
                return Ok(batch);
            }
            Err(error) if error.is_transient() => error,
            Err(error) if error.is_unauthorized() && shared.acceptance.refused() => error,
            Err(error) => return Err(error),
        };
        if !matches!(error, Error::Unavailable { .. }) {
            metrics::retry(&error);
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot take tasks, trying again");
        }
        let maybe_done = ask.maybe_done || !(error.changed_nothing() || error.is_unauthorized());
        again = maybe_done.then_some(Ask { maybe_done, ..ask });
        Pause::after(&error, &mut pauses).wait(&shared.client.breaker).await;
    }
}

impl Ask {
    /// A new dequeue. One that probes does not wait for tasks: the sooner its answer, the sooner all goes on.
    fn new(shared: &Shared, pool: &Pool, slots: usize) -> Self {
        let closed = shared.client.breaker_state() == BreakerState::Closed;
        let wait = if closed { shared.settings.wait } else { Duration::ZERO };
        let body = Dequeue {
            types: pool.types.clone(),
            worker_id: shared.worker_id.clone(),
            max_tasks: u32::try_from(slots).ok(),
            wait_seconds: Some(wait.as_secs_f64()),
            lease_seconds: shared.settings.lease.map(|lease| lease.as_secs_f64()),
        };
        let client = shared.client.idempotent(&Uuid::new_v4().to_string());
        Self { body, client: Client { backoff: Backoff::NEVER, ..client }, maybe_done: false }
    }

    async fn once(&self) -> Result<Batch, Error> {
        let answer = self.client.send(self.client.dequeue_call(&self.body)?).await;
        let answer = answer.map_err(|error| error.naming_types(&self.body.types))?;
        let now = answer.date;
        Ok(Batch { tasks: answer.json::<Dequeued>()?.tasks, now })
    }
}

fn start(
    shared: &Arc<Shared>,
    slots: &Slots,
    task: LeasedTask,
    permit: OwnedSemaphorePermit,
    now: Option<DateTime<Utc>>,
) {
    let shared = Arc::clone(shared);
    lock(slots).spawn(async move {
        slot::work(&shared, task, now).await;
        drop(permit);
    });
}

/// Nothing that holds the lock can panic half-way.
fn lock(slots: &Slots) -> std::sync::MutexGuard<'_, JoinSet<()>> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}
