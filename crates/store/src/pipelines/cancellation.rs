//! What a cancel of a pipeline is to do, by hand or at a deadline.

use windlass_domain::{JobState, PipelineState};

use super::control::PipelineStatus;
use crate::events::Actor;
use crate::jobs::LockedJob;
use crate::rollup::Ending;

/// A cancel of a pipeline.
pub(crate) struct Cancellation {
    /// Whether jobs that clean up are spared.
    pub(crate) clean_up: bool,
    pub(crate) reason: Option<String>,
    pub(crate) actor: Actor,
}

impl Cancellation {
    /// Whether what it asks for is so already.
    pub(super) fn holds(&self, now: &PipelineStatus) -> bool {
        now.state == PipelineState::Cancelled || self.clean_up && now.cancelling
    }

    /// Ends these jobs.
    pub(super) fn endings(&self, jobs: Vec<LockedJob>) -> Vec<Ending> {
        let why = self.reason.clone().unwrap_or_else(|| "pipeline cancelled".to_owned());
        let ending = |job| Ending {
            job,
            state: JobState::Cancelled,
            reason: Some(why.clone()),
            not_taken: false,
            passed: false,
            actor: self.actor,
        };
        jobs.into_iter().map(ending).collect()
    }
}
