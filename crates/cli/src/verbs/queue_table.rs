//! Tables of queues and workers, for people.

use windlass_sdk::wire::{Queue, QueueMinute, Worker};

use super::grid::{self, Grid};
use super::screen::Screen;

/// Queues, a row each.
pub(super) fn queues(screen: &Screen, queues: &[Queue]) -> String {
    let header = ["TYPE", "PAUSED", "LIMIT", "QUEUED", "SCHEDULED", "RUNNING", "OLDEST", "WORKERS", "REASON"];
    let mut grid = Grid::new(screen, &header, &["SCHEDULED", "LIMIT"]);
    for queue in queues {
        grid.row([
            grid::text(&queue.r#type),
            grid::word(if queue.paused { "yes" } else { "no" }),
            grid::word(queue.max_running.map_or_else(|| "none".to_owned(), |most| most.to_string())),
            grid::word(queue.queued.to_string()),
            grid::word(queue.scheduled.to_string()),
            grid::word(queue.running.to_string()),
            grid::word(
                queue.oldest_queued_seconds.map(|seconds| format!("{seconds:.1} s")).unwrap_or_default(),
            ),
            grid::word(queue.workers.to_string()),
            grid::text(queue.reason.clone().unwrap_or_default()),
        ]);
    }
    grid.text()
}

/// Minutes of a queue, a row each.
pub(super) fn minutes(screen: &Screen, minutes: &[QueueMinute]) -> String {
    let header =
        ["MINUTE", "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "WAIT P50", "WAIT P95", "RUN P50", "RUN P95"];
    let mut grid = Grid::new(screen, &header, &["WAIT P50", "RUN P50", "RUNNING"]);
    for minute in minutes {
        grid.row([
            grid::word(screen.time(Some(minute.at))),
            grid::word(minute.queued.to_string()),
            grid::word(minute.running.to_string()),
            grid::word(minute.succeeded.to_string()),
            grid::word(minute.failed.to_string()),
            grid::word(length(minute.wait_p50_seconds)),
            grid::word(length(minute.wait_p95_seconds)),
            grid::word(length(minute.run_p50_seconds)),
            grid::word(length(minute.run_p95_seconds)),
        ]);
    }
    grid.text()
}

/// Workers, a row each.
pub(super) fn workers(screen: &Screen, workers: &[Worker]) -> String {
    let mut grid = Grid::new(screen, &["ID", "RUNNING", "LAST SEEN", "TYPES"], &[]);
    for worker in workers {
        grid.row([
            grid::text(&worker.id),
            grid::word(worker.running.to_string()),
            grid::word(screen.time(Some(worker.last_seen_at))),
            grid::text(worker.types.join(" ")),
        ]);
    }
    grid.text()
}

fn length(seconds: Option<f64>) -> String {
    seconds.map(|seconds| format!("{seconds:.3} s")).unwrap_or_default()
}
