//! Calls that record outcomes: each is a transaction of its own, and few of the large ones run at once.
//!
//! 10,000 rows are 100 ms of a core. However many workers record at once, dequeues and reports keep most of the database to themselves.

use tokio::sync::Semaphore;
use uuid::Uuid;
use windlass_store::{Answer, NewOutcome, Once, Store};

use super::deadline::within;
use super::error::Error;

/// Outcomes of a call that waits for no turn.
const SMALL: usize = 100;
/// Larger calls that run at once.
const AT_ONCE: usize = 2;

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
    /// What the store refused; [`Error::Unavailable`] when neither a turn nor the database came in time.
    pub(crate) async fn record(
        &self,
        store: &Store,
        (task, token): (Uuid, Uuid),
        outcomes: Vec<NewOutcome>,
        once: Option<Once<'_, usize>>,
    ) -> Result<Answer<usize>, Error> {
        let record = async {
            let _turn = match outcomes.len() {
                ..=SMALL => None,
                _ => Some(self.turns.acquire().await.expect("the semaphore is never closed")),
            };
            store.record_outcomes(task, token, outcomes, once).await
        };
        within(record).await
    }
}
