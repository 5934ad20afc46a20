//! Indexes the texts in metadata of pipelines that are older than the index, until none is left.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// Once it is done, a tick looks at an empty table.
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// One bounded piece of it.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let rows = store.index_texts().await?;
    Ok(Ticked { rows, full: rows > 0 })
}
