//! What one process remembers between calls of the store. None of it is the truth: another server on the database does without it, and a
//! process that starts anew begins with nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32};
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use crate::events::Horizon;
use crate::queues::{LimitedTypes, Round, Shards};
use crate::seen_worker::SeenWorker;
use crate::upkeep::{DueMark, LowWaterMarks, OverdueWalk, SnapshotHorizon};

/// Task rows that leave a retry by hand fast, over all its jobs.
const BACK_AT_ONCE: i64 = 1_000;

/// The lock of each idempotency key, by scope and key.
type KeyLocks = HashMap<(String, String), Arc<tokio::sync::Mutex<()>>>;

/// What this process remembers.
pub(crate) struct Memory {
    /// Distinguishes this process from others on the database.
    pub(crate) instance: Uuid,
    /// The shards of counters that this process adds to.
    pub(crate) shards: Shards,
    /// Types seen with a limit.
    pub(crate) limited_types: LimitedTypes,
    /// How far queues have been looked at that nobody may use any more.
    pub(crate) queues_pruned_to: Round,
    /// How far counters have been looked at for types with tasks.
    pub(crate) counters_read_to: Round,
    /// The same for the history of queues.
    pub(crate) history_read_to: Round,
    /// Where dequeues begin to walk.
    pub(crate) low_water: LowWaterMarks,
    /// For how many batches of reports the one statement is not tried.
    pub(crate) reports_not_tried: AtomicU32,
    /// For how many batches of reports it is the statement that ends jobs, too.
    pub(crate) reports_ending: AtomicU32,
    /// Task rows that a retry by hand brings back in its own transaction, at the most.
    pub(crate) back_at_once: AtomicI64,
    /// Where the next sweep begins.
    pub(crate) swept: DueMark,
    /// Where the next promotion begins.
    pub(crate) promoted: DueMark,
    /// Where the next look for deadlines that have come begins.
    pub(crate) overdue: OverdueWalk,
    /// Workers seen since they were last written.
    pub(crate) workers_seen: Mutex<HashMap<String, SeenWorker>>,
    /// Held by the create with very many edges that is under way.
    pub(crate) large_creates: tokio::sync::Mutex<()>,
    /// Idempotency keys whose requests are under way; a request holds the lock of its key.
    pub(crate) keys_under_way: Mutex<KeyLocks>,
    /// The highest event number found below which all can be read.
    pub(crate) event_horizon: Horizon,
    /// Since when the horizon of snapshots, which readers of events wait for, has not moved.
    pub(crate) snapshot_horizon: SnapshotHorizon,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            instance: Uuid::new_v4(),
            shards: Shards::default(),
            limited_types: LimitedTypes::default(),
            queues_pruned_to: Round::default(),
            counters_read_to: Round::default(),
            history_read_to: Round::default(),
            low_water: LowWaterMarks::default(),
            reports_not_tried: AtomicU32::default(),
            reports_ending: AtomicU32::default(),
            back_at_once: AtomicI64::new(BACK_AT_ONCE),
            swept: DueMark::default(),
            promoted: DueMark::default(),
            overdue: OverdueWalk::default(),
            workers_seen: Mutex::default(),
            large_creates: tokio::sync::Mutex::default(),
            keys_under_way: Mutex::default(),
            event_horizon: Horizon::default(),
            snapshot_horizon: SnapshotHorizon::default(),
        }
    }
}
