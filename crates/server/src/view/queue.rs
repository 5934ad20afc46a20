//! A queue as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// A queue.
pub(crate) fn queue(queue: store::Queue) -> wire::Queue {
    wire::Queue {
        r#type: queue.type_name,
        paused: queue.paused,
        max_running: queue.max_running.map(values::small),
        queued: values::count(queue.queued),
        scheduled: values::count(queue.scheduled),
        running: values::count(queue.running),
        oldest_queued_seconds: queue.oldest_queued_seconds,
        workers: values::count(queue.workers),
        reason: queue.reason,
        paused_by: queue.paused_by,
        paused_at: queue.paused_at,
    }
}

/// What a type did within a minute.
pub(crate) fn queue_minute(minute: &store::HistoryMinute) -> wire::QueueMinute {
    wire::QueueMinute {
        at: minute.at,
        queued: values::count(minute.queued),
        running: values::count(minute.running),
        succeeded: values::count(minute.succeeded),
        failed: values::count(minute.failed),
        wait_p50_seconds: minute.waits.quantile(0.5),
        wait_p95_seconds: minute.waits.quantile(0.95),
        run_p50_seconds: minute.runs.quantile(0.5),
        run_p95_seconds: minute.runs.quantile(0.95),
    }
}
