//! Asks how the database is doing, so that `/metrics` need not, and has the store prepare where vacuum is held back.
//!
//! It is for those who watch: a look that fails takes its gauges away until one works again, and makes nothing unwell. Whether the database
//! answers at all is the ping's to find out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use windlass_store::{Error, Store, Vitals};

use super::tick::Ticked;

/// Vacuum and long transactions are matters of minutes.
pub(super) const EVERY: Duration = Duration::from_secs(10);

/// What the last look found; nothing if it failed.
#[derive(Debug, Default)]
pub(crate) struct LastVitals(Mutex<Option<Vitals>>);

impl LastVitals {
    /// What the last look found.
    pub(crate) fn get(&self) -> Option<Vitals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, vitals: Option<Vitals>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = vitals;
    }
}

/// One look.
pub(super) async fn tick(store: Store, last: Arc<LastVitals>) -> Result<Ticked, Error> {
    let vitals = store.vitals().await;
    if let Err(error) = &vitals {
        tracing::debug!(%error, "cannot see how the database is doing");
    }
    let vitals = vitals.ok();
    let dead_rows = vitals.as_ref().map_or(0, Vitals::dead_hot_rows);
    last.set(vitals);
    if let Err(error) = store.look_for_low_water(dead_rows).await {
        tracing::debug!(%error, "cannot look for low-water marks");
    }
    Ok(Ticked::default())
}
