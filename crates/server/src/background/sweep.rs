//! Ends expired leases, and attempts that ran past their job's timeout.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;
use crate::telemetry;

/// An expired lease is ended within 2 s of its expiry: a second between ticks leaves time for the tick itself.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// One bounded piece of it.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    let swept = store.sweep().await?;
    telemetry::count_sweep(&swept);
    if swept.ended > 0 {
        tracing::info!(attempts = swept.ended, "ended attempts whose lease or time ran out");
    }
    Ok(Ticked { rows: swept.ended, full: swept.full })
}
