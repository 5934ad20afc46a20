//! Undelivered leases: granted by the store, and not yet in an answer.

use windlass_store::{Granted, IdempotencyKey, LeasedTask, Store};

/// Leases on their way to a client. If they are dropped on the way, they are released, the attempt not counted.
pub(crate) struct UndeliveredLeases {
    granted: Granted,
    key: Option<IdempotencyKey>,
    store: Store,
}

impl UndeliveredLeases {
    /// What the store has just granted; `key` is that of the request.
    pub(crate) fn new(granted: Granted, key: Option<IdempotencyKey>, store: Store) -> Self {
        Self { granted, key, store }
    }

    /// Takes them to answer them; from now on they are the client's.
    pub(crate) fn deliver(mut self) -> Granted {
        std::mem::take(&mut self.granted)
    }
}

impl Drop for UndeliveredLeases {
    fn drop(&mut self) {
        if self.granted.tasks.is_empty() {
            return;
        }
        let lease = |task: &LeasedTask| (task.id, task.lease_token);
        let leases: Vec<_> = self.granted.tasks.iter().map(lease).collect();
        let (store, key) = (self.store.clone(), self.key.take());
        tokio::spawn(async move {
            let key = key.as_ref().map(|key| key.key.as_str());
            if let Err(error) = store.release_undelivered(&leases, key).await {
                // The leases then run out by themselves, as a failed attempt.
                tracing::warn!(%error, tasks = leases.len(), "cannot release leases whose client has gone");
            }
        });
    }
}
