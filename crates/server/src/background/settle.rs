//! Writes the effective state of stale task rows: below a retried job, then below ended ones.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// Reads show the effective state without it, and a dequeue brings back what it needs itself, so it is in no great hurry.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// One bounded piece of it.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let settled = store.settle().await?;
    Ok(Ticked { rows: settled.rows, full: settled.full })
}
