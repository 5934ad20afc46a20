//! Batches of folded requests.

use std::time::Duration;

use super::catalogue::{BATCH_ITEMS, BATCH_REPLAYS, BATCH_SECONDS};

/// Makes a lane's counter known while it stands at zero: a rate has no beginning otherwise.
pub(crate) fn begin_lane(lane: &'static str) {
    metrics::counter!(BATCH_REPLAYS, "lane" => lane).absolute(0);
}

/// Counts a batch that was run.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
pub(crate) fn count_batch(lane: &'static str, items: usize, took: Duration) {
    metrics::histogram!(BATCH_ITEMS, "lane" => lane).record(items as f64);
    metrics::histogram!(BATCH_SECONDS, "lane" => lane).record(took.as_secs_f64());
}

/// Counts a batch that failed as a whole.
pub(crate) fn count_replay(lane: &'static str) {
    metrics::counter!(BATCH_REPLAYS, "lane" => lane).increment(1);
}
