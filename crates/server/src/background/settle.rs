//! Writes the effective state of task rows that an ended job left behind.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::Ticked;

/// Reads show the effective state without it, so it is in no hurry.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// One bounded piece of it.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let settled = store.settle().await?;
    Ok(Ticked { rows: settled.rows, full: settled.full })
}
