//! Runs of schedules.

use windlass_domain::RunOutcome;

use super::catalogue::{SCHEDULE_LATENESS, SCHEDULE_RUNS};

/// Counts what this server made of a time, or a person of a schedule.
pub(crate) fn count_run(outcome: RunOutcome) {
    metrics::counter!(SCHEDULE_RUNS, "outcome" => outcome.as_str()).increment(1);
}

/// Records how long after its time, and its jitter, a run was made.
pub(crate) fn record_lateness(seconds: f64) {
    metrics::histogram!(SCHEDULE_LATENESS).record(seconds.max(0.0));
}

/// Has every outcome known while it is zero: a rate has no beginning otherwise.
pub(crate) fn begin_schedules() {
    for outcome in RunOutcome::ALL {
        metrics::counter!(SCHEDULE_RUNS, "outcome" => outcome.as_str()).absolute(0);
    }
}
