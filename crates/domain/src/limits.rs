//! Bounds of what one request may carry. Those of the struct may be configured; the rest are the contract's.

use std::time::Duration;

/// The configurable bounds, with the contract's defaults.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a request body; default 16 MiB.
    pub body_bytes: usize,
    /// Bytes of one payload, result or metadata as compact JSON in UTF-8; default 256 KiB.
    pub json_bytes: usize,
    /// Jobs in one pipeline; default 1,000.
    pub jobs_per_pipeline: usize,
    /// Edges in one pipeline; default 20,000.
    pub edges_per_pipeline: usize,
    /// Tasks that one call may add; default 10,000.
    pub tasks_per_call: usize,
    /// Bytes of log that one attempt keeps; default 1 MiB.
    pub log_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 * 1024 * 1024,
            json_bytes: 256 * 1024,
            jobs_per_pipeline: 1_000,
            edges_per_pipeline: 20_000,
            tasks_per_call: 10_000,
            log_bytes: 1024 * 1024,
        }
    }
}

impl Limits {
    /// The deepest nesting of a body.
    pub const DEPTH: usize = 128;
    /// An error's `detail`, in bytes.
    pub const DETAIL_BYTES: usize = 64 * 1024;
    /// A task's checkpoint, in bytes.
    pub const CHECKPOINT_BYTES: usize = 64 * 1024;
    /// Lines of log for one task in one call, or with one report.
    pub const LOG_LINES: usize = 1_000;
    /// Lines of log in one call for many tasks.
    pub const LOG_LINES_PER_CALL: usize = 10_000;
    /// A line's message, in bytes; a longer one is cut.
    pub const LOG_MESSAGE_BYTES: usize = 8 * 1024;
    /// A line's fields, in bytes.
    pub const LOG_FIELDS_BYTES: usize = 4 * 1024;
    /// Types in one dequeue.
    pub const TYPES: usize = 50;
    /// Tasks that one dequeue hands out at the most.
    pub const MAX_TASKS: i64 = 100;
    /// Seconds that a dequeue waits at the most.
    pub const WAIT_SECONDS: f64 = 60.0;
    /// Items of a batch report.
    pub const BATCH: usize = 1_000;
    /// Outcomes that one call records.
    pub const OUTCOMES: usize = 10_000;
    /// An outcome's `detail`, in bytes.
    pub const OUTCOME_DETAIL_BYTES: usize = 4 * 1024;
    /// Numbers in one report's `metrics`.
    pub const METRICS: usize = 32;
    /// Pipelines that one bulk verb changes.
    pub const BULK: usize = 10_000;
    /// Members of metadata that one filter names.
    pub const METADATA_FILTERS: usize = 5;
    /// Seconds of a lease: the least and the most.
    pub const LEASE_SECONDS: (f64, f64) = (1.0, 86_400.0);
    /// Seconds of a timeout: the least and the most (30 days).
    pub const TIMEOUT_SECONDS: (f64, f64) = (1.0, 2_592_000.0);
    /// Seconds of a delay: the least and the most (30 days).
    pub const DELAY_SECONDS: (f64, f64) = (0.0, 2_592_000.0);
    /// Attempts: the least and the most.
    pub const MAX_ATTEMPTS: (i64, i64) = (1, 1_000);
    /// A retry policy's factor: the least and the most.
    pub const FACTOR: (f64, f64) = (1.0, 100.0);
    /// A retry policy's jitter: the least and the most.
    pub const JITTER: (f64, f64) = (0.0, 1.0);
    /// Failed tasks that a job tolerates: the least and the most.
    pub const MAX_FAILED_TASKS: (i64, i64) = (0, i32::MAX as i64);
    /// Seconds between two runs of a schedule: the least and the most (31 days).
    pub const EVERY_SECONDS: (i64, i64) = (10, 2_678_400);
    /// Seconds that a schedule's runs are delayed by at the most: the least and the most.
    pub const SCHEDULE_JITTER_SECONDS: (i64, i64) = (0, 3_600);
    /// Bounds of a queue's `max_running`; 0 hands out nothing.
    pub const MAX_RUNNING: (i64, i64) = (0, i32::MAX as i64);
    /// Bounds of a key's `max_requests_per_second`.
    pub const REQUESTS_PER_SECOND: (i64, i64) = (1, 100_000);
    /// Seconds for which a key's text of before works as well: the least and the most (30 days).
    pub const OVERLAP_SECONDS: (f64, f64) = (0.0, 2_592_000.0);
    /// Items of a list's page: the most.
    pub const PAGE: i64 = 500;
    /// Items of a list's page unless asked otherwise.
    pub const PAGE_DEFAULT: i64 = 50;
    /// Bytes at which a page or a dequeue ends early.
    pub const PAGE_BYTES: i64 = 8 * 1024 * 1024;
    /// How long a lease lasts unless the job says otherwise.
    pub const LEASE_DEFAULT: Duration = Duration::from_mins(1);
}
