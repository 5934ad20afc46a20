//! A queue as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use crate::http::show;

/// A queue.
pub(super) fn queue(queue: store::Queue) -> wire::Queue {
    wire::Queue {
        r#type: queue.type_name,
        paused: queue.paused,
        max_running: queue.max_running.map(show::small),
        queued: show::count(queue.queued),
        scheduled: show::count(queue.scheduled),
        running: show::count(queue.running),
        oldest_queued_seconds: queue.oldest_queued_seconds,
    }
}
