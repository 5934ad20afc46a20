//! Leases between the store and their client.

use windlass_store::{Given, IdempotencyKey, LeasedTask, Store};

/// Leases on their way to a client; dropped on the way, they are given back, the attempt not counted.
pub(crate) struct Leased {
    given: Given,
    key: Option<IdempotencyKey>,
    store: Store,
}

impl Leased {
    /// What has just been given; `key` is that of the request.
    pub(crate) fn new(given: Given, key: Option<IdempotencyKey>, store: Store) -> Self {
        Self { given, key, store }
    }

    /// What was given, which is about to be answered.
    pub(crate) fn keep(mut self) -> Given {
        std::mem::take(&mut self.given)
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        if self.given.tasks.is_empty() {
            return;
        }
        let lease = |task: &LeasedTask| (task.id, task.lease_token);
        let leases: Vec<_> = self.given.tasks.iter().map(lease).collect();
        let (store, key) = (self.store.clone(), self.key.take());
        tokio::spawn(async move {
            let key = key.as_ref().map(|key| key.key.as_str());
            if let Err(error) = store.give_back(&leases, key).await {
                // The leases then run out by themselves, as a failed attempt.
                tracing::warn!(%error, tasks = leases.len(), "cannot give back leases whose client has gone");
            }
        });
    }
}
