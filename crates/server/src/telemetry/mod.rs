//! What a server says about itself: metrics and, where it was asked to, traces.
//!
//! The metrics' names, labels and meanings are an interface; they are in one list, [`catalogue`], which a test holds to `docs/metrics.md`
//! and another one to what a server emits. What comes in one by one (requests, attempts, batches) is counted in the process's recorder; what
//! is read of the database and the process when asked is written straight into the answer, so that a database that is away, or a type
//! that is gone, leaves no last value behind for ever.
//!
//! Labels are bounded: routes are patterns, and of the producers' own words (types, categories) only the first few get a
//! label of their own ([`labels`]). Recording asks nobody and blocks nobody.

mod attempts;
mod batches;
mod calls;
mod catalogue;
mod clients;
mod jobnik;
mod labels;
mod process;
mod queues;
mod recorder;
mod renderings;
mod requests;
mod schedules;
mod streams;
mod text;
mod traces;
mod vitals;
mod webhooks;

pub(crate) use attempts::{count_dequeue, count_happened, count_late_report, count_sweep, count_trace_loss};
pub(crate) use batches::{begin_batcher, count_batch, count_replay};
pub(crate) use calls::CallSeconds;
pub(crate) use catalogue::{TICK_ERRORS, TICK_ROWS, TICK_SECONDS};
pub(crate) use clients::{Closed, count_closed, gauge_clients};
pub(crate) use jobnik::render_jobnik;
pub(crate) use labels::known_types;
pub(crate) use process::gauge_process;
pub(crate) use queues::render_queues;
pub(crate) use recorder::{keep_zeros, recorder};
pub(crate) use renderings::{Rendering, begin_renderings, count_rendering, record_rendering};
pub(crate) use requests::count_request;
pub(crate) use schedules::{begin_schedules, count_run, record_lateness};
pub(crate) use streams::OpenStream;
pub use traces::Traces;
pub(crate) use traces::{Begun, Ends, Follower, Operation, RequestSpan, TracedRequest, follow};
pub(crate) use vitals::{render_pool, render_vitals};
pub(crate) use webhooks::{
    begin_webhooks, count_delivery_attempt, count_overflow, count_paused_webhook, render_webhooks,
};

/// Shows how many polls wait.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
pub(crate) fn gauge_waiting(polls: usize) {
    metrics::gauge!(catalogue::WAITING_POLLS).set(polls as f64);
}

/// Records how many lines the process's log has dropped so far.
pub(crate) fn count_dropped_log_lines(lines: u64) {
    metrics::counter!(catalogue::DROPPED_LOG_LINES).absolute(lines);
}
