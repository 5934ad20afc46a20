//! The slow poll: asks whether there is a task for any waiting poll, which finds what another server made ready.
//!
//! One query for all types, and none while nobody waits; only where there is something, one poll is woken to look,
//! and the next one if that finds more than it takes. A server that hears what others announce asks at every fourth tick: there the poll only finds
//! what was announced while the connection was being made anew, or by a server that does not announce.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;
use crate::engine::Waiters;

/// How long another server's task waits for a worker that waits at this one at the most, where nothing is heard of it.
pub(super) const EVERY: Duration = Duration::from_millis(750);

/// One tick in so many asks, where other servers are heard.
const HEARING: u32 = 4;

/// How many ticks there were.
#[derive(Debug, Default)]
pub(super) struct Ticks(AtomicU32);

/// One question, and the nudges that follow from it.
pub(super) async fn tick(store: Store, waiters: Arc<Waiters>, ticks: Arc<Ticks>) -> Result<Ticked, Error> {
    let tick = ticks.0.fetch_add(1, Ordering::Relaxed);
    let waited_for = waiters.types();
    if waited_for.is_empty() || (waiters.hears_others() && !tick.is_multiple_of(HEARING)) {
        return Ok(Ticked::default());
    }
    let free = store.free_types(&waited_for).await?;
    for type_name in &free {
        waiters.nudge(type_name);
    }
    Ok(Ticked { rows: free.len(), full: false })
}
