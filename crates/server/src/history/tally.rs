//! What one type did within one minute.

use std::time::Duration;

use chrono::{DateTime, Utc};
use windlass_domain::{Histogram, Outcome};
use windlass_store::{EndedAttempt, MinuteSeen};

/// Counts of one type and minute.
#[derive(Debug, Default)]
pub(super) struct Tally {
    succeeded: i64,
    failed: i64,
    waits: Histogram,
    runs: Histogram,
}

impl Tally {
    pub(super) fn waited(&mut self, since: DateTime<Utc>, leased_at: DateTime<Utc>) {
        self.waits.add(length(since, leased_at));
    }

    pub(super) fn ended(&mut self, attempt: &EndedAttempt) {
        match attempt.outcome {
            Outcome::Succeeded => self.succeeded += 1,
            Outcome::Failed => self.failed += 1,
            // What was given back or cancelled says nothing of how the type does.
            _ => return,
        }
        self.runs.add(length(attempt.started_at, attempt.ended_at));
    }

    pub(super) fn add(&mut self, seen: &MinuteSeen) {
        self.succeeded += seen.succeeded;
        self.failed += seen.failed;
        self.waits.merge(&seen.waits);
        self.runs.merge(&seen.runs);
    }

    pub(super) fn seen(self, type_name: String, at: DateTime<Utc>) -> MinuteSeen {
        let Self { succeeded, failed, waits, runs } = self;
        MinuteSeen { type_name, at, succeeded, failed, waits, runs }
    }
}

fn length(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    (to - from).to_std().unwrap_or_default()
}
