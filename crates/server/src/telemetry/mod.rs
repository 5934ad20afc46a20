//! The metrics of a server; their names are an interface.
//!
//! | name | type | unit | labels | meaning |
//! |---|---|---|---|---|
//! | `windlass_http_requests_total` | counter | requests | `method` `route` `status` | requests answered |
//! | `windlass_http_request_seconds` | histogram | seconds | `method` `route` | time to an answer, long polls included |
//! | `windlass_parked_polls` | gauge | polls | | dequeues that wait for a task |
//! | `windlass_tick_seconds` | histogram | seconds | `loop` | length of background ticks |
//! | `windlass_tick_rows_total` | counter | rows | `loop` | what background ticks worked on |
//! | `windlass_tick_errors_total` | counter | ticks | `loop` | background ticks that failed |
//! | `windlass_queue_tasks` | gauge | tasks | `type` `state` | queued, scheduled and running tasks per type, from counters |
//! | `windlass_queue_oldest_seconds` | gauge | seconds | `type` | how long the first task in line has waited |
//! | `process_resident_memory_bytes` | gauge | bytes | | memory of the process |
//! | `process_open_fds` | gauge | descriptors | | open files and sockets |
//!
//! Routes are templates and types are the producers' own, so the number of series grows with neither tasks nor ids.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::Method;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

mod process;
mod queues;

pub(crate) use process::gauge_process;
pub(crate) use queues::render_queues;

/// Seconds that tell a fast answer from a slow one, up to the longest poll.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// The process's recorder, installed by the first server of the process.
pub(crate) fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets");
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            }
            describe();
            handle
        })
        .clone()
}

fn describe() {
    metrics::describe_counter!("windlass_http_requests_total", "requests answered");
    metrics::describe_histogram!("windlass_http_request_seconds", "time to an answer, long polls included");
    metrics::describe_gauge!("windlass_parked_polls", "dequeues that wait for a task");
    metrics::describe_histogram!("windlass_tick_seconds", "length of background ticks");
    metrics::describe_counter!("windlass_tick_rows_total", "what background ticks worked on");
    metrics::describe_counter!("windlass_tick_errors_total", "background ticks that failed");
    metrics::describe_gauge!("process_resident_memory_bytes", "memory of the process");
    metrics::describe_gauge!("process_open_fds", "open files and sockets");
}

/// Counts an answered request.
pub(crate) fn count_request(method: &Method, route: &str, status: u16, took: Duration) {
    // Methods are the clients' to invent; series are not.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let route = route.to_owned();
    metrics::counter!("windlass_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("windlass_http_request_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
}

/// Tells how many polls are parked.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
pub(crate) fn gauge_parked(polls: usize) {
    metrics::gauge!("windlass_parked_polls").set(polls as f64);
}
