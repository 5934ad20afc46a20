//! A worker as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// A worker.
pub(crate) fn worker(worker: store::Worker) -> wire::Worker {
    wire::Worker {
        id: worker.id,
        types: worker.types,
        running: values::count(worker.running),
        last_seen_at: worker.last_seen_at,
    }
}
