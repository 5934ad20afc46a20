//! How long history is stored, by kind.

use std::time::Duration;

use windlass_domain::PipelineState;

/// How long history is stored after it ended. Jobs, tasks and attempts go with their pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Pipelines that ended `succeeded`; default 30 days.
    pub succeeded: Duration,
    /// Pipelines that ended `partial`; default 30 days.
    pub partial: Duration,
    /// Pipelines that ended `failed`; default 30 days.
    pub failed: Duration,
    /// Pipelines that ended `cancelled`; default 30 days.
    pub cancelled: Duration,
    /// Events, whether or not their pipeline is still there; default 30 days.
    pub events: Duration,
    /// Outcomes, whether or not their pipeline is still there; default 365 days.
    pub outcomes: Duration,
    /// Deliveries to webhooks that have ended; default 7 days.
    pub deliveries: Duration,
    /// Logs of tasks, at most as long as their pipeline; default 7 days.
    pub log: Duration,
}

impl Retention {
    /// The same length for pipelines, however they ended, and events. The rest has its default.
    pub const fn of_all(length: Duration) -> Self {
        Self {
            succeeded: length,
            partial: length,
            failed: length,
            cancelled: length,
            events: length,
            outcomes: Self::OUTCOMES,
            deliveries: Self::DELIVERIES,
            log: Self::LOG,
        }
    }

    /// How long logs are stored unless asked otherwise.
    pub const LOG: Duration = Duration::from_hours(7 * 24);

    /// The tables of which whole partitions, a day each, are dropped, and how long each is stored.
    pub(super) fn partitioned(&self) -> [(&'static str, Duration); 3] {
        [("events", self.events), ("attempts", self.attempts()), ("task_log", self.log)]
    }

    /// How long outcomes are stored by default.
    pub const OUTCOMES: Duration = Duration::from_hours(365 * 24);
    /// How long deliveries are stored unless it is said.
    pub const DELIVERIES: Duration = Duration::from_hours(7 * 24);

    /// The ends of pipelines, and how long each is stored.
    pub(super) fn ends(&self) -> [(PipelineState, Duration); 4] {
        [
            (PipelineState::Succeeded, self.succeeded),
            (PipelineState::Partial, self.partial),
            (PipelineState::Failed, self.failed),
            (PipelineState::Cancelled, self.cancelled),
        ]
    }

    /// Attempts are stored as long as any pipeline that they may belong to.
    pub(super) fn attempts(&self) -> Duration {
        self.ends().map(|(_, length)| length).into_iter().max().expect("there are ends")
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::of_all(Duration::from_hours(30 * 24))
    }
}
