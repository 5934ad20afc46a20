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
        Self { job, state, reason: None, not_taken: false, actor: Actor::Server }
    }
}
