//! Roll-up: a child's end into its parent, within the transaction that ended the child.
//!
//! Task → job → dependents → pipeline. Callers hold the jobs they end; from there this module goes in waves: close the
//! ended jobs, resolve the edges that leave them, and take the children that end thereby (skipped, or joins that succeed
//! as they open) as the next wave. Pipelines come last. Every decision is the domain's, on rows that are locked;
//! no decision reads a sibling. Jobs are locked in ascending id order, and children have higher ids than their parents; where a
//! wave still needs one below what is held, the transaction starts again wide.

mod children;
mod close;
mod fail_fast;
mod job_row;
mod pipelines;

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::{JobEnd, JobState, PipelineTally};

pub(crate) use children::{condition, skip_reason};
pub(crate) use job_row::{
    JobRow, LockedJob, job_state, lock_all_jobs, lock_controls, lock_jobs, lock_open_jobs, look_at_jobs,
};
pub(crate) use pipelines::{PipelineMark, end_marked_pipeline, pipeline_state, reopen_pipeline};

use crate::audit::Actor;
use crate::gathered;
use crate::transaction::{Interrupt, Work};

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

/// Ends these jobs and all that follows from it, up to their pipelines.
pub(crate) async fn roll_up(work: &mut Work, endings: Vec<Ending>) -> Result<(), Interrupt> {
    let mut tallies: BTreeMap<Uuid, PipelineTally> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut wave = endings;
    while !wave.is_empty() {
        failed.extend(fail_fast::failures(&wave));
        close::close_jobs(work, &wave).await?;
        for ending in &wave {
            tally(&mut tallies, ending);
        }
        wave = children::resolve_edges(work, &wave).await?;
        if wave.is_empty() {
            // Edges come first: only when they have ended all they end is the rest cancelled.
            wave = fail_fast::cancel_rest(work, &std::mem::take(&mut failed)).await?;
        }
    }
    if !tallies.is_empty() {
        gathered::write(work).await?;
        pipelines::add_tallies(work, &tallies).await?;
    }
    Ok(())
}

/// Takes an ended job out of its pipeline's tally again.
pub(crate) fn untally(tally: &mut PipelineTally, job: &LockedJob) {
    tally.open += 1;
    *category(tally, job.state, job.allow_failure, job.not_taken) -= 1;
}

fn tally(tallies: &mut BTreeMap<Uuid, PipelineTally>, ending: &Ending) {
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
