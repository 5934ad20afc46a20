//! Batches of requests.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::catalogue::{BATCH_ITEMS, BATCH_REPLAYS, BATCH_SECONDS};

/// The process's batchers.
static BATCHERS: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

/// Makes a batcher's counter known while it is zero: a rate has no beginning otherwise.
pub(crate) fn begin_batcher(batcher: &'static str) {
    BATCHERS.lock().unwrap_or_else(PoisonError::into_inner).insert(batcher);
    keep_batchers();
}

/// Keeps the batchers' counters known.
pub(super) fn keep_batchers() {
    for batcher in &*BATCHERS.lock().unwrap_or_else(PoisonError::into_inner) {
        metrics::counter!(BATCH_REPLAYS, "batcher" => *batcher).increment(0);
    }
}

/// Counts a batch that was run.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
pub(crate) fn count_batch(batcher: &'static str, items: usize, took: Duration) {
    metrics::histogram!(BATCH_ITEMS, "batcher" => batcher).record(items as f64);
    metrics::histogram!(BATCH_SECONDS, "batcher" => batcher).record(took.as_secs_f64());
}

/// Counts a batch that failed as a whole.
pub(crate) fn count_replay(batcher: &'static str) {
    metrics::counter!(BATCH_REPLAYS, "batcher" => batcher).increment(1);
}
