//! A job that is to end.

use windlass_domain::{JobEnd, JobState};

use crate::events::Actor;
use crate::jobs::LockedJob;

/// A locked job that is to end.
pub(crate) struct Ending {
    pub(crate) job: LockedJob,
    pub(crate) state: JobState,
    pub(crate) reason: Option<String>,
    /// Skipped as a branch not taken.
    pub(crate) not_taken: bool,
    /// A join that succeeded as it opened.
    pub(crate) passed: bool,
    pub(crate) actor: Actor,
}

impl Ending {
    /// The end that a job's tasks have decided.
    pub(crate) fn decided(job: LockedJob, end: JobEnd) -> Self {
        let state = match end {
            JobEnd::Succeeded => JobState::Succeeded,
            JobEnd::Failed => JobState::Failed,
            JobEnd::Cancelled => JobState::Cancelled,
        };
        Self { job, state, reason: None, not_taken: false, passed: false, actor: Actor::Server }
    }

    /// Skipped because of what has become of its parents.
    pub(crate) fn skipped(job: LockedJob, reason: String, not_taken: bool) -> Self {
        let state = JobState::Skipped;
        Self { job, state, reason: Some(reason), not_taken, passed: false, actor: Actor::Server }
    }

    /// Whether what runs in it may still report.
    pub(crate) fn freezes(&self) -> bool {
        self.job.freezes && self.state == JobState::Failed
    }

    /// Whether what hangs below it by a job that freezes ends with it: what a person skipped or cancelled leaves that waiting.
    pub(crate) fn ends_what_freezes(&self) -> bool {
        match self.state {
            JobState::Failed => true,
            JobState::Skipped => self.actor == Actor::Server,
            _ => false,
        }
    }

    /// The same end of a job that has just opened.
    pub(crate) fn at_opening(self) -> Self {
        let passed = self.state == JobState::Succeeded && self.job.counts.total() == 0;
        Self { passed, ..self }
    }
}
