//! Lets the database look anew at tables that have outgrown what it knows of them, so that its plans fit.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// A burst of new tasks meets plans made for an empty table for no longer than this.
pub(super) const EVERY: Duration = Duration::from_secs(3);

/// All tables that are due.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let refreshed = store.refresh_statistics().await?;
    Ok(Ticked { rows: refreshed, full: false })
}
