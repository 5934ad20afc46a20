//! Writes down in bulk which workers asked for tasks since the last tick.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// Workers are shown by the minute; once a second makes few writes.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// One bulk.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    store.flush_workers().await?;
    Ok(Ticked::default())
}
