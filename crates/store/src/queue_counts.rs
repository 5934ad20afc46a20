//! Per-type counters: deltas gathered while a transaction works.
//!
//! Each process adds to a few shards of its own; a type's numbers are the sum over its shards, so a single shard may well be
//! negative.

use crate::Store;
use crate::transaction::Work;

/// Shards of a type.
pub(crate) const SHARDS: i16 = 16;
/// Shards that one process adds to, in no order: while a snapshot is held, each version that a row has had is passed on the way to it, and
/// over four rows there are a quarter as many.
const OWN: i16 = 4;

impl Store {
    /// The shard that a transaction adds to.
    pub(crate) fn shard(&self) -> i16 {
        (self.first_shard + fastrand::i16(0..OWN)) % SHARDS
    }
}

/// What a transaction changes of one type's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct QueueDelta {
    pub(crate) queued: i64,
    pub(crate) scheduled: i64,
    pub(crate) running: i64,
}

impl Work {
    /// Adds to the counters of a type.
    pub(crate) fn count(&mut self, type_name: &str, delta: QueueDelta) {
        let sum = self.queue_deltas.entry(type_name.to_owned()).or_default();
        sum.queued += delta.queued;
        sum.scheduled += delta.scheduled;
        sum.running += delta.running;
    }
}
