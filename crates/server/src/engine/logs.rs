//! Log calls, in batches of their own.

use windlass_store::{Answer, LogCall, Logged, NotLogged, Store};

use super::batcher::{Batcher, only};
use super::deadline::DATABASE_DEADLINE;
use super::error::Error;

/// What became of the items of a call.
type Outcomes = Answer<Vec<Result<Logged, NotLogged>>>;

/// Runs the log calls of all callers of a server.
pub(crate) struct Logs {
    store: Store,
    calls: Batcher<LogCall, Outcomes>,
}

impl Logs {
    /// Starts the batcher; must be called within a runtime.
    pub(super) fn start(store: &Store) -> Self {
        let writing = store.clone();
        let calls = Batcher::new("log", None, LogCall::bytes, move |batch| {
            let store = writing.clone();
            Box::pin(async move { store.write_log(&batch).await })
        });
        Self { store: store.clone(), calls }
    }

    /// Adds lines to the logs of leased tasks. A call with the key of another that is under way waits for that one, before it joins a batch.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when too many wait for the database, [`Error::Unavailable`] when it is away.
    pub(crate) async fn write(&self, call: LogCall) -> Result<Outcomes, Error> {
        let write = async {
            let _key = self.store.hold_key(call.once.as_ref().map(|(key, _)| key)).await;
            Ok(only(self.calls.submit(vec![call.clone()]).await?)?)
        };
        tokio::time::timeout(DATABASE_DEADLINE, Box::pin(write)).await.unwrap_or(Err(Error::Unavailable))
    }
}
