//! What ended jobs mean for the tally of their pipeline.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::{JobState, PipelineTally};

use super::ending::Ending;
use crate::jobs::LockedJob;

/// Takes an ended job out of its pipeline's tally again.
pub(crate) fn untally(tally: &mut PipelineTally, job: &LockedJob) {
    tally.open += 1;
    *category(tally, job.state, job.allow_failure, job.not_taken) -= 1;
}

pub(super) fn tally(tallies: &mut BTreeMap<Uuid, PipelineTally>, ending: &Ending) {
    let tally = tallies.entry(ending.job.pipeline_id).or_default();
    tally.open -= 1;
    *category(tally, ending.state, ending.job.allow_failure, ending.not_taken) += 1;
}

/// What an ended job means for its pipeline's end.
fn category(tally: &mut PipelineTally, state: JobState, allow_failure: bool, not_taken: bool) -> &mut i32 {
    match state {
        JobState::Succeeded => &mut tally.succeeded,
        JobState::Failed if allow_failure => &mut tally.failed_allowed,
        JobState::Failed => &mut tally.failed,
        JobState::Skipped if not_taken => &mut tally.not_taken,
        JobState::Skipped => &mut tally.skipped,
        JobState::Cancelled => &mut tally.cancelled,
        JobState::Pending | JobState::Queued | JobState::Running => {
            unreachable!("only ended jobs are tallied")
        }
    }
}
