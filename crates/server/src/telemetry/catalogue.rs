//! Every metric: its name, kind, unit, labels and meaning.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Only rises.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many observations fell below each of these bounds.
    Histogram(&'static [f64]),
}

/// A metric.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) unit: &'static str,
    pub(super) labels: &'static [&'static str],
    pub(super) meaning: &'static str,
}

/// Seconds that separate fast answers from slow ones, up to the longest poll.
const ANSWERS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];
/// Seconds of what takes from milliseconds to hours. Few, since each type has them all.
const WORK: &[f64] = &[0.025, 0.25, 2.5, 30.0, 300.0, 3_600.0];
/// Seconds that separate runs in time from late ones, up to what was missed for long.
const LATE: &[f64] = &[0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0, 3_600.0];
/// Seconds of a rendering, which may take 2.
const RENDERING: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];
/// Requests in a batch.
const ITEMS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];

/// Names that are used where they are recorded, and here.
macro_rules! names {
    ($($constant:ident = $name:literal;)*) => {
        $(#[doc = concat!("`", $name, "`")] pub(crate) const $constant: &str = $name;)*
    };
}

names! {
    REQUESTS = "windlass_http_requests_total";
    REQUEST_SECONDS = "windlass_http_request_seconds";
    WAITING_POLLS = "windlass_waiting_polls";
    CLIENT_CONNECTIONS = "windlass_client_connections";
    CLIENT_CONNECTIONS_CLOSED = "windlass_client_connections_closed_total";
    UNWRITTEN = "windlass_unwritten_bytes";
    EVENT_STREAMS = "windlass_event_streams";
    DEQUEUES = "windlass_dequeues_total";
    DEQUEUE_WAIT = "windlass_dequeue_wait_seconds";
    ATTEMPTS = "windlass_attempts_total";
    ATTEMPT_SECONDS = "windlass_attempt_seconds";
    LEASE_EXPIRIES = "windlass_lease_expiries_total";
    SWEEPER_FINDS = "windlass_sweeper_finds_total";
    LATE_REPORTS = "windlass_late_reports_total";
    TASK_LOG_LINES = "windlass_task_log_lines_total";
    JOBS_ENDED = "windlass_jobs_ended_total";
    PIPELINES_ENDED = "windlass_pipelines_ended_total";
    SCHEDULE_RUNS = "windlass_schedule_runs_total";
    SCHEDULE_LATENESS = "windlass_schedule_lateness_seconds";
    RENDERINGS = "windlass_renderings_total";
    RENDERING_SECONDS = "windlass_rendering_seconds";
    DELIVERY_ATTEMPTS = "windlass_webhook_attempts_total";
    DELIVERY_ATTEMPT_SECONDS = "windlass_webhook_attempt_seconds";
    DELIVERIES_OVERFLOWED = "windlass_webhook_overflowed_total";
    WEBHOOK_PAUSES = "windlass_webhook_pauses_total";
    DELIVERIES_PENDING = "windlass_webhook_pending";
    WEBHOOKS_PAUSED = "windlass_webhooks_paused";
    WEBHOOKS_FAILING = "windlass_webhooks_failing";
    WEBHOOK_UNREAD = "windlass_webhook_unread_events";
    BATCH_ITEMS = "windlass_batch_items";
    BATCH_SECONDS = "windlass_batch_seconds";
    BATCH_REPLAYS = "windlass_batch_replays_total";
    TICK_SECONDS = "windlass_tick_seconds";
    TICK_ROWS = "windlass_tick_rows_total";
    TICK_ERRORS = "windlass_tick_errors_total";
    POOL_CONNECTIONS = "windlass_pool_connections";
    POOL_CONNECTIONS_MAX = "windlass_pool_connections_max";
    QUEUE_TASKS = "windlass_queue_tasks";
    QUEUE_OLDEST = "windlass_queue_oldest_seconds";
    QUEUE_UNATTENDED = "windlass_queue_unattended_types";
    IDLE_JOBS = "windlass_idle_jobs";
    XMIN_AGE = "windlass_database_xmin_age_transactions";
    DEAD_TUPLES = "windlass_database_dead_tuples";
    HORIZON_AGE = "windlass_event_horizon_age_seconds";
    TRACE_LOSSES = "windlass_trace_losses_total";
    DROPPED_LOG_LINES = "windlass_log_lines_dropped_total";
    BUILD = "windlass_build_info";
    RESIDENT = "process_resident_memory_bytes";
    DESCRIPTORS = "process_open_fds";
}

impl Metric {
    /// Meaning and unit, for people.
    pub(super) fn help(&self) -> String {
        if self.unit.is_empty() {
            self.meaning.to_owned()
        } else {
            format!("{} ({})", self.meaning, self.unit)
        }
    }
}

const fn metric(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    labels: &'static [&'static str],
    meaning: &'static str,
) -> Metric {
    Metric { name, kind, unit, labels, meaning }
}

/// All metrics, as `docs/metrics.md` lists them.
#[rustfmt::skip]
pub(super) const CATALOGUE: &[Metric] = &[
    metric(REQUESTS, Kind::Counter, "requests", &["method", "route", "status"], "requests answered"),
    metric(REQUEST_SECONDS, Kind::Histogram(ANSWERS), "seconds", &["method", "route"], "time to an answer; long polls are included"),
    metric(WAITING_POLLS, Kind::Gauge, "polls", &[], "dequeues that wait for a task at this server"),
    metric(CLIENT_CONNECTIONS, Kind::Gauge, "connections", &[], "connections of clients that are open at this server"),
    metric(CLIENT_CONNECTIONS_CLOSED, Kind::Counter, "connections", &["reason"], "connections that the server has closed: `idle`, `head`, `write`, `crowded`, `refused`, `resets` or `unread`"),
    metric(UNWRITTEN, Kind::Gauge, "bytes", &[], "bytes of answers that wait until their clients take them"),
    metric(EVENT_STREAMS, Kind::Gauge, "streams", &[], "event streams that are open at this server"),
    metric(DEQUEUES, Kind::Counter, "calls", &["answer"], "dequeue calls answered with `tasks` or `empty`"),
    metric(DEQUEUE_WAIT, Kind::Histogram(WORK), "seconds", &["type"], "from when a task could be leased until it was; pauses are included, what came back without a delay is not"),
    metric(ATTEMPTS, Kind::Counter, "attempts", &["type", "outcome", "category"], "attempts ended; `category` is empty unless the outcome is `failed`"),
    metric(ATTEMPT_SECONDS, Kind::Histogram(WORK), "seconds", &["type"], "from an attempt's lease to its end"),
    metric(LEASE_EXPIRIES, Kind::Counter, "leases", &["type", "reason"], "leases that the sweeper ended: `lease_expired` or `timeout`"),
    metric(SWEEPER_FINDS, Kind::Counter, "leases", &["found"], "due leases that the sweeper found and `ended`, or that a report or heartbeat had `overtaken`"),
    metric(LATE_REPORTS, Kind::Counter, "reports", &["verb"], "reports refused with `lease_lost`"),
    metric(TASK_LOG_LINES, Kind::Counter, "lines", &["outcome"], "lines of the logs of tasks: `written`, and `dropped` because the log of their attempt was full"),
    metric(JOBS_ENDED, Kind::Counter, "jobs", &["type", "state"], "jobs ended, by how"),
    metric(PIPELINES_ENDED, Kind::Counter, "pipelines", &["state"], "pipelines ended, by how"),
    metric(SCHEDULE_RUNS, Kind::Counter, "runs", &["outcome"], "what became of times of schedules at this server: `created`, `waiting` (and `created` later), `skipped`, `missed` (several may be one), `failed`, `triggered`"),
    metric(SCHEDULE_LATENESS, Kind::Histogram(LATE), "seconds", &[], "from when a run of a schedule was to start, its jitter included, until its pipeline was made"),
    metric(RENDERINGS, Kind::Counter, "renderings", &["outcome"], "templates filled in for runs, previews and schedules: `rendered`, `wrong` (parameters), `failed` (in the template), `refused` (what it gave is no pipeline), `overloaded` (not begun: no place in time, or put off behind slow ones)"),
    metric(RENDERING_SECONDS, Kind::Histogram(RENDERING), "seconds", &[], "time that a rendering took, from when it had its place; with reading what it gave"),
    metric(DELIVERY_ATTEMPTS, Kind::Counter, "attempts", &["outcome"], "attempts of deliveries to webhooks at this server: `delivered`, or why not: `dns`, `address_refused`, `connect`, `tls`, `timeout`, `reset`, `http_status`"),
    metric(DELIVERY_ATTEMPT_SECONDS, Kind::Histogram(ANSWERS), "seconds", &[], "time that such an attempt took"),
    metric(DELIVERIES_OVERFLOWED, Kind::Counter, "deliveries", &[], "deliveries that were not tried, because 100,000 of their webhook were pending"),
    metric(WEBHOOK_PAUSES, Kind::Counter, "webhooks", &["cause"], "webhooks that have paused themselves: `gone` (the receiver answered 410), `failing` (nothing was delivered for 3 days)"),
    metric(DELIVERIES_PENDING, Kind::Gauge, "deliveries", &[], "deliveries that are to be tried, those of paused webhooks among them"),
    metric(WEBHOOKS_PAUSED, Kind::Gauge, "webhooks", &[], "webhooks that have paused themselves and were not resumed"),
    metric(WEBHOOKS_FAILING, Kind::Gauge, "webhooks", &[], "webhooks whose last attempt failed"),
    metric(WEBHOOK_UNREAD, Kind::Gauge, "events", &[], "events of the audit, by their numbers, that have not been looked at for webhooks yet; 0 where none waits for any"),
    metric(BATCH_ITEMS, Kind::Histogram(ITEMS), "items", &["batcher"], "items of concurrent requests in one statement"),
    metric(BATCH_SECONDS, Kind::Histogram(ANSWERS), "seconds", &["batcher"], "time that such a statement with its commit took"),
    metric(BATCH_REPLAYS, Kind::Counter, "batches", &["batcher"], "batches that failed as a whole and were run again one request at a time"),
    metric(TICK_SECONDS, Kind::Histogram(ANSWERS), "seconds", &["loop"], "length of a background loop's ticks"),
    metric(TICK_ROWS, Kind::Counter, "rows", &["loop"], "what its ticks worked on"),
    metric(TICK_ERRORS, Kind::Counter, "ticks", &["loop"], "ticks that failed"),
    metric(POOL_CONNECTIONS, Kind::Gauge, "connections", &["state"], "database connections of this server, `used` or `idle`"),
    metric(POOL_CONNECTIONS_MAX, Kind::Gauge, "connections", &[], "as many as it may have"),
    metric(QUEUE_TASKS, Kind::Gauge, "tasks", &["type", "state"], "`queued`, `scheduled` and `running` tasks of open jobs, from counters"),
    metric(QUEUE_OLDEST, Kind::Gauge, "seconds", &["type"], "how long the first task in line has waited; no line while none does"),
    metric(QUEUE_UNATTENDED, Kind::Gauge, "types", &["type"], "types with queued tasks that no worker asked for in the last 5 minutes: 0 or 1, more where `type` is `other`; paused queues are not counted"),
    metric(IDLE_JOBS, Kind::Gauge, "jobs", &[], "jobs that are not sealed, opened at least an hour ago, and have no task that waits or runs; among the 10,000 that opened first"),
    metric(XMIN_AGE, Kind::Gauge, "transactions", &[], "age of the oldest snapshot that holds back vacuum"),
    metric(DEAD_TUPLES, Kind::Gauge, "tuples", &["table"], "dead tuples of the hot tables, as Postgres estimates them"),
    metric(HORIZON_AGE, Kind::Gauge, "seconds", &[], "for how long readers of events have been held back: the age of the oldest writing transaction"),
    metric(TRACE_LOSSES, Kind::Counter, "spans", &[], "spans of what has ended that were not made, since too much ended at once or the database was away; 0 without traces"),
    metric(DROPPED_LOG_LINES, Kind::Counter, "lines", &[], "lines of the log that were dropped, since standard error did not take them in time or at all"),
    metric(BUILD, Kind::Gauge, "", &["version"], "always 1; the version is the label"),
    metric(RESIDENT, Kind::Gauge, "bytes", &[], "memory of the process, where there is a `/proc`"),
    metric(DESCRIPTORS, Kind::Gauge, "descriptors", &[], "open files and sockets, likewise"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn row(metric: &Metric) -> String {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let cells = [
            format!("`{}`", metric.name),
            kind.to_owned(),
            metric.unit.to_owned(),
            labels.join(" "),
            metric.meaning.to_owned(),
        ];
        format!("| {} |", cells.join(" | ")).replace("|  |", "| |").replace("|  |", "| |")
    }

    #[test]
    fn the_table_in_docs_lists_every_metric_as_it_is() {
        let page = include_str!("../../../../docs/metrics.md");
        let server = page.split("\n## ").find(|section| section.starts_with("The server")).unwrap();
        let listed: Vec<&str> =
            server.lines().filter(|line| line.starts_with("| `")).map(str::trim_end).collect();
        let expected: Vec<String> = CATALOGUE.iter().map(row).collect();
        assert_eq!(listed, expected, "the table is to read:\n{}", expected.join("\n"));
    }
}
