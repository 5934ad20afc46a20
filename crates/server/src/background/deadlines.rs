//! Cancels, with clean-up, pipelines that have not ended at their deadline.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// Such a pipeline is cancelled within 2 s: a second between looks leaves another one for a hundred cancels.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// One bounded piece of it. A pipeline that cannot be cancelled is logged once and tried again; the others are not held up.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let overdue = store.cancel_overdue().await?;
    for (pipeline, error) in &overdue.failed {
        tracing::error!(%pipeline, %error, "a pipeline past its deadline cannot be cancelled; it is tried again");
    }
    Ok(Ticked { rows: overdue.cancelled, full: overdue.full })
}
