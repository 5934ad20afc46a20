//! Calls that record outcomes: each is a transaction of its own, and few of the large ones run at once.
//!
//! 10,000 rows are 100 ms of a core. However many workers record at once, dequeues and reports keep most of the database to themselves.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;
use windlass_store::{Answer, NewOutcome, Once, Store};

use super::deadline::within;
use super::error::Error;

/// Outcomes of a call that waits for no turn.
const SMALL: usize = 100;
/// Larger calls that run at once.
const AT_ONCE: usize = 2;

/// How long a call waits for its turn: a hundred calls of 10,000 that come at once all have theirs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whose turn it is.
pub(crate) struct Outcomes {
    turns: Semaphore,
}

impl Outcomes {
    pub(super) fn new() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }

    /// Records outcomes of a running task, by its id and its lease's token; answers how many.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when its turn did not come, [`Error::Unavailable`] when the database is away.
    pub(crate) async fn record(
        &self,
        store: &Store,
        (task, token): (Uuid, Uuid),
        outcomes: Vec<NewOutcome>,
        once: Option<Once<'_, usize>>,
    ) -> Result<Answer<usize>, Error> {
        let _turn = match outcomes.len() {
            ..=SMALL => None,
            // Outside of the time that the database has: it is well.
            _ => Some(timeout(PATIENCE, self.turns.acquire()).await.map_err(|_| Error::Overloaded)?),
        };
        within(store.record_outcomes(task, token, outcomes, once)).await
    }
}
