//! Folds the counters of Jobnik's surface: makes one row of the many that each change adds.
//!
//! Why: what adds to a row waits for whoever did before, so each change adds a row of its own, and `/jobnik/service-metrics` sums up all. What it deliberately
//! does not do: count. How it fails: the rows stay, and the sum takes longer.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// So often that there are some thousand rows at the most.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// All that there are.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let rows = store.fold_jobnik_counts().await?;
    Ok(Ticked { rows, full: false })
}
