//! What is below a job, for a retry that runs all of it again.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::{JobState, When};

use super::plan::Plan;
use super::scope::Tasks;
use super::whole::Whole;
use crate::jobs::LockedJob;

/// The jobs below one that run again with all their tasks: what was skipped by hand stays, and what waits with nothing done has nothing to repeat.
pub(crate) fn below(whole: &Whole, job: Uuid) -> HashMap<Uuid, Tasks> {
    let descendants = descendants(whole, job);
    let again = whole.jobs.iter().filter(|job| descendants.contains(&job.id) && runs_again(job));
    again.map(|job| (job.id, Tasks::All)).collect()
}

/// Whether a plan changes what is below a job: more than that something is skipped once more, or a join passes once more.
pub(crate) fn runs_below(plan: &Plan, job: Uuid) -> bool {
    plan.back.values().filter(|back| back.job.id != job).any(|back| match back.job.state {
        JobState::Skipped => false,
        JobState::Succeeded => back.job.counts.total() > 0,
        _ => true,
    })
}

/// Children have higher ids than their parents, so one pass in id order finds them all.
fn descendants(whole: &Whole, job: Uuid) -> HashSet<Uuid> {
    let mut edges: Vec<&(Uuid, Uuid, When)> = whole.edges.iter().collect();
    edges.sort_unstable_by_key(|(child, ..)| *child);
    let mut above = HashSet::from([job]);
    for (child, parent, _) in edges {
        if above.contains(parent) {
            above.insert(*child);
        }
    }
    above.remove(&job);
    above
}

fn runs_again(job: &LockedJob) -> bool {
    match job.state {
        JobState::Skipped => !job.by_hand,
        JobState::Pending | JobState::Queued => job.counts.ended() > 0,
        _ => true,
    }
}
