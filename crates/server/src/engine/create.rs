//! Creates: small ones in batches, each large one in a transaction of its own.

use std::sync::Arc;

use windlass_store::{Answer, Create, Made, NewPipeline, Store};

use super::batcher::{Batcher, only};
use super::deadline::DATABASE_DEADLINE;
use super::error::Error;

/// Jobs that a create may have in a batch.
const JOBS_TOGETHER: usize = 10;
/// Edges and tasks that its jobs may have there.
const ROWS_TOGETHER: usize = 100;

/// Runs the creates of all callers of a server.
pub(crate) struct Creates {
    store: Store,
    small: Batcher<Create<'static>, Answer<Made>>,
}

impl Creates {
    /// Starts the batcher; must be called within a runtime.
    pub(super) fn start(store: &Store) -> Self {
        let creating = store.clone();
        let small = Batcher::new("create", None, Create::bytes, move |batch: Arc<Vec<Create<'static>>>| {
            let store = creating.clone();
            Box::pin(async move { store.create(&batch).await })
        });
        Self { store: store.clone(), small }
    }

    /// Creates a pipeline; answers it with its jobs. One with the key of another that is under way waits for that one, before it joins a batch.
    ///
    /// # Errors
    /// What the store refused; [`Error::Overloaded`] when too many wait for the database, [`Error::Unavailable`] when it is away.
    pub(crate) async fn create(&self, create: Create<'static>) -> Result<Answer<Made>, Error> {
        let create = async {
            if is_large(&create.new) {
                return Ok(self.store.create_alone(create).await?);
            }
            let _key = self.store.hold_key(create.once.as_ref().map(|once| &once.key)).await;
            Ok(only(self.small.submit(vec![create]).await?)?)
        };
        // The store's futures are large; boxed here, they do not make every handler's as large.
        tokio::time::timeout(DATABASE_DEADLINE, Box::pin(create)).await.unwrap_or(Err(Error::Unavailable))
    }
}

/// Whether it is too large for a batch.
pub(super) fn is_large(new: &NewPipeline) -> bool {
    new.jobs.len() > JOBS_TOGETHER || new.edges_and_tasks() > ROWS_TOGETHER
}
