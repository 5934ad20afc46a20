//! What the SDK counts, through the `metrics` facade: a program that installs no recorder pays next to nothing.
//!
//! The names are an interface; the table in the README says what each means, and a test holds the two together.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::Error;
use crate::resilience::BreakerState;

/// The breaker of the client of `server` is in `state`.
pub(crate) fn breaker_state(server: &str, state: BreakerState) {
    let value = match state {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    };
    gauge!("windlass_sdk_breaker_state", "server" => server.to_owned()).set(value);
}

/// The breaker of the client of `server` entered `state`.
pub(crate) fn breaker_change(server: &str, state: BreakerState) {
    breaker_state(server, state);
    counter!("windlass_sdk_breaker_changes_total", "server" => server.to_owned(), "to" => state.as_str())
        .increment(1);
}

/// A call is made again because of `error`.
pub(crate) fn retry(error: &Error) {
    let reason = match error {
        Error::Problem { problem, .. } | Error::Denied { problem, .. } => problem.code.as_str(),
        Error::Unexpected { .. } => "unexpected",
        _ => "no_answer",
    };
    counter!("windlass_sdk_retries_total", "reason" => reason).increment(1);
}

/// A dequeue gave nothing.
pub(crate) fn empty_poll() {
    counter!("windlass_sdk_empty_polls_total").increment(1);
}

/// What became of one lease in a round of heartbeats: `renewed`, `lost` or `missed`.
pub(crate) fn heartbeat(outcome: &'static str) {
    counter!("windlass_sdk_heartbeats_total", "outcome" => outcome).increment(1);
}

/// A handler runs, until this is dropped.
pub(crate) struct Active(metrics::Gauge);

/// A handler of `type` begins.
pub(crate) fn active(r#type: &str) -> Active {
    let active = gauge!("windlass_sdk_active_tasks", "type" => r#type.to_owned());
    active.increment(1);
    Active(active)
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// A task of `type` ended after `took`, as the worker sees it.
pub(crate) fn ended(r#type: &str, outcome: &'static str, took: Duration) {
    counter!("windlass_sdk_tasks_total", "type" => r#type.to_owned(), "outcome" => outcome).increment(1);
    histogram!("windlass_sdk_task_seconds", "type" => r#type.to_owned(), "outcome" => outcome).record(took);
}
