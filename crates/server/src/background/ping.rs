//! Asks whether the database answers, for `/readyz` and for the waiting polls.

use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;

/// `/readyz` says so within 5 s: a second between pings, and the 3 s that one may take.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// One question.
pub(super) async fn tick(store: Store) -> Result<Ticked, Error> {
    store.ping().await?;
    Ok(Ticked::default())
}
