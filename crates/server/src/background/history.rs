//! Adds what this server saw of each type to the history of queues, a row a minute and type.
//!
//! Why: people see how a type did in the last hours, over all servers. What it deliberately does not do: count anew; the server counts as it works, in
//! memory. How it fails: what could not be added is kept for the next tick, and lost if the server dies before it.

use std::sync::Arc;
use std::time::Duration;

use windlass_store::{Error, Store};

use super::tick::Ticked;
use crate::history::Minutes;

/// Several times a minute, so that the present one is there as well, and a crash loses less than a minute.
pub(super) const EVERY: Duration = Duration::from_secs(10);

/// All that was seen.
pub(super) async fn tick(store: Store, minutes: Arc<Minutes>) -> Result<Ticked, Error> {
    let seen = minutes.take();
    match store.add_history(&seen).await {
        Ok(rows) => Ok(Ticked { rows, full: false }),
        Err(error) => {
            minutes.give_back(&seen);
            Err(error)
        }
    }
}
