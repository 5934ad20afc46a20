//! Deletes old history: what was deleted, what ended longer ago than the retention, and the queues of types that nobody uses any more.
//!
//! It goes piece by piece, one bounded transaction a tick and the next at once while more is due, so that the deletion of
//! a million tasks neither holds locks nor swells the log at once.

use std::time::Duration;

use windlass_store::{Error, Retention, Store};

use super::tick::Ticked;

/// Retentions are days; what was deleted is gone for readers already.
pub(super) const EVERY: Duration = Duration::from_mins(1);

/// One bounded piece of it.
pub(super) async fn tick(store: Store, retention: Retention) -> Result<Ticked, Error> {
    let pruned = store.prune(&retention).await?;
    let queues = store.prune_queues().await?;
    Ok(Ticked { rows: pruned.rows + queues, full: pruned.full || queues > 0 })
}
