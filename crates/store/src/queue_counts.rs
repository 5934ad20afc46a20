//! Per-type counters: deltas gathered while a transaction works.
//!
//! Each process adds to a shard of its own; a type's numbers are the sum over its shards, so a single shard may well be
//! negative.

use crate::transaction::Work;

/// What a transaction changes of one type's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct QueueDelta {
    pub(crate) queued: i64,
    pub(crate) scheduled: i64,
    pub(crate) running: i64,
    /// Jobs of the type that became dispatchable.
    pub(crate) epoch: i64,
}

impl Work {
    /// Adds to the counters of a type.
    pub(crate) fn count(&mut self, type_name: &str, delta: QueueDelta) {
        let sum = self.queue_deltas.entry(type_name.to_owned()).or_default();
        sum.queued += delta.queued;
        sum.scheduled += delta.scheduled;
        sum.running += delta.running;
        sum.epoch += delta.epoch;
    }
}
