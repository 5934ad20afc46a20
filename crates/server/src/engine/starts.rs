//! Runs of schedules that are made: small ones in batches, each large one in a transaction of its own.

use std::sync::Arc;

use uuid::Uuid;
use windlass_store::{RunStart, Store};

use super::batcher::{Batcher, only};
use super::create::is_large;
use super::error::Error;

/// Makes the runs of all schedules of a server.
pub(crate) struct Starts {
    store: Store,
    small: Batcher<RunStart, Option<Uuid>>,
}

impl Starts {
    /// Starts the batcher; must be called within a runtime.
    pub(super) fn start(store: &Store) -> Self {
        let starting = store.clone();
        let small = Batcher::new("schedule", None, RunStart::bytes, move |batch: Arc<Vec<RunStart>>| {
            let store = starting.clone();
            Box::pin(async move { store.start_runs(&batch).await })
        });
        Self { store: store.clone(), small }
    }

    /// Makes the pipeline of a time that was claimed; answers as [`Store::start_run`] does.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when too many wait for the database, [`Error::Unavailable`] when it is away.
    pub(crate) async fn start_run(&self, start: RunStart) -> Result<Option<Uuid>, Error> {
        if is_large(&start.new) {
            return Ok(self.store.start_run(&start.claim, &start.new, start.next).await?);
        }
        Ok(only(self.small.submit(vec![start]).await?)?)
    }
}
