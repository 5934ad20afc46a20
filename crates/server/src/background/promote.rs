//! Makes tasks and jobs whose `run_at` has come wait for a worker.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// Due tasks can be dequeued within 1 s.
pub(super) const EVERY: Duration = Duration::from_millis(500);

/// One bounded piece of it.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let promoted = store.promote().await?;
    Ok(Ticked { rows: promoted.tasks + promoted.jobs, full: promoted.full })
}
