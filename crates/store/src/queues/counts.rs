//! Per-type counters: one row per type and shard, changed by deltas.
//!
//! Each process adds to a few shards of its own. A type's numbers are the sum over its shards, so a single shard may well be negative.

/// Shards of a type.
const SHARDS: i16 = 16;
/// Shards that one process adds to, in no order. While a snapshot is held, every version that a row has had is passed on the way to
/// it: over four rows there are a quarter as many.
const OWN: i16 = 4;

/// The shards that this process adds to: processes rarely meet on one row.
pub(crate) struct Shards {
    first: i16,
}

impl Shards {
    /// The shard that a transaction adds to.
    pub(crate) fn pick(&self) -> i16 {
        self.at(fastrand::i16(0..OWN))
    }

    /// The shard that a dequeue adds to: none that a statement of reports does, so that they do not wait for each other.
    pub(crate) fn of_dequeues(&self) -> i16 {
        self.at(fastrand::i16(0..OWN / 2))
    }

    /// The shard that a statement of reports adds to.
    pub(crate) fn of_reports(&self) -> i16 {
        self.at(fastrand::i16(OWN / 2..OWN))
    }

    fn at(&self, own: i16) -> i16 {
        (self.first + own) % SHARDS
    }
}

impl Default for Shards {
    fn default() -> Self {
        Self { first: fastrand::i16(0..SHARDS) }
    }
}

/// What a transaction changes of one type's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct QueueDelta {
    pub(crate) queued: i64,
    pub(crate) scheduled: i64,
    pub(crate) running: i64,
}
