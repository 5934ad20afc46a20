//! The slow poll: asks whether there is a task for any waiting poll, which finds what another server made ready.
//!
//! One query for all types, and none while nobody waits; only where there is something, one poll is woken to look,
//! and the next one if that finds more than it takes.

use std::sync::Arc;
use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;
use crate::engine::Waiters;

/// How long another server's task waits for a worker that waits at this one at the most.
pub(super) const EVERY: Duration = Duration::from_millis(750);

/// One question, and the nudges that follow from it.
pub(super) async fn tick(store: Store, waiters: Arc<Waiters>) -> Result<Ticked, Error> {
    let waited_for = waiters.types();
    if waited_for.is_empty() {
        return Ok(Ticked::default());
    }
    let free = store.free_types(&waited_for).await?;
    for type_name in &free {
        waiters.nudge(type_name);
    }
    Ok(Ticked { rows: free.len(), full: false })
}
