//! Attempts from lease to end, and the ends of jobs and pipelines.

use chrono::{DateTime, Utc};
use windlass_domain::Verb;
use windlass_store::{EndedAttempt, Happened, LeasedTask, Swept};

use super::catalogue::{
    ATTEMPT_SECONDS, ATTEMPTS, DEQUEUE_WAIT, DEQUEUES, JOBS_ENDED, LATE_REPORTS, LEASE_EXPIRIES,
    PIPELINES_ENDED, SWEEPER_FINDS, TASK_LOG_LINES, TRACE_LOSSES,
};
use super::labels::{category_label, type_label};

/// Counts a dequeue that was answered with these tasks; those of a repeat were counted before.
pub(crate) fn count_dequeue(tasks: &[LeasedTask], repeated: bool) {
    let answer = if tasks.is_empty() { "empty" } else { "tasks" };
    metrics::counter!(DEQUEUES, "answer" => answer).increment(1);
    for task in tasks.iter().filter(|_| !repeated) {
        if let Some(since) = task.waiting_since {
            metrics::histogram!(DEQUEUE_WAIT, "type" => type_label(&task.type_name))
                .record(seconds(since, task.leased_at));
        }
    }
}

/// Counts what a transaction has ended, and lines that it has logged.
pub(crate) fn count_happened(happened: &Happened) {
    for attempt in &happened.attempts {
        count_attempt(attempt);
    }
    for job in &happened.jobs {
        metrics::counter!(JOBS_ENDED, "type" => type_label(&job.type_name), "state" => job.state.as_str())
            .increment(1);
    }
    for (outcome, lines) in [("written", happened.log.accepted), ("dropped", happened.log.dropped)] {
        if lines > 0 {
            metrics::counter!(TASK_LOG_LINES, "outcome" => outcome).increment(lines as u64);
        }
    }
    for pipeline in &happened.pipelines {
        metrics::counter!(PIPELINES_ENDED, "state" => pipeline.state.as_str()).increment(1);
    }
}

fn count_attempt(attempt: &EndedAttempt) {
    let type_name = type_label(&attempt.type_name);
    let category = attempt.category.as_deref().unwrap_or_default();
    if attempt.swept {
        let reason = category_label(category);
        metrics::counter!(LEASE_EXPIRIES, "type" => type_name.clone(), "reason" => reason).increment(1);
    }
    let category = if category.is_empty() { "".into() } else { category_label(category) };
    let outcome = attempt.outcome.as_str();
    metrics::counter!(ATTEMPTS, "type" => type_name.clone(), "outcome" => outcome, "category" => category)
        .increment(1);
    metrics::histogram!(ATTEMPT_SECONDS, "type" => type_name)
        .record(seconds(attempt.started_at, attempt.ended_at));
}

/// Counts a sweep.
pub(crate) fn count_sweep(swept: &Swept) {
    let overtaken = swept.found.saturating_sub(swept.ended);
    for (found, leases) in [("ended", swept.ended), ("overtaken", overtaken)] {
        metrics::counter!(SWEEPER_FINDS, "found" => found).increment(leases as u64);
    }
}

/// Counts a report whose token was no longer current.
pub(crate) fn count_late_report(verb: Verb) {
    metrics::counter!(LATE_REPORTS, "verb" => verb.as_str()).increment(1);
}

/// Counts spans that were not made.
pub(crate) fn count_trace_loss(spans: usize) {
    metrics::counter!(TRACE_LOSSES).increment(spans as u64);
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64().max(0.0)
}
