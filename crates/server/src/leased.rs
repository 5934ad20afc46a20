//! Leases between the store and their client.

use std::time::Duration;

use windlass_store::{LeasedTask, Release, Store};

/// Leases on their way to a client; dropped on the way, they are given back, the attempt not counted.
pub(crate) struct Leased {
    tasks: Vec<LeasedTask>,
    store: Store,
}

impl Leased {
    /// Leases that have just been given.
    pub(crate) fn new(tasks: Vec<LeasedTask>, store: Store) -> Self {
        Self { tasks, store }
    }

    /// The tasks, which are about to be answered.
    pub(crate) fn keep(mut self) -> Vec<LeasedTask> {
        std::mem::take(&mut self.tasks)
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let back =
            |task: &LeasedTask| Release { id: task.id, token: task.lease_token, delay: Duration::ZERO };
        let releases: Vec<Release> = self.tasks.iter().map(back).collect();
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.release(&releases).await {
                // The leases then run out by themselves, as a failed attempt.
                tracing::warn!(%error, tasks = releases.len(), "cannot give back leases whose client has gone");
            }
        });
    }
}
