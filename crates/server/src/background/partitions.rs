//! Makes the partitions that events, attempts and outcomes of the days to come go into.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// Partitions are made days ahead, so an hour is often enough, and a day of failures loses nothing.
pub(super) const EVERY: Duration = Duration::from_hours(1);

/// Makes what is missing.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    store.create_partitions().await?;
    Ok(Ticked::default())
}
