//! Which jobs run again because they lose tasks, and what is lost because they run again.
//!
//! Pure, over what the retry holds. A job that runs its succeeded tasks again takes back what their completions had added; a job that has ended and
//! loses tasks so, unless it was cancelled or skipped by hand, runs again with all that is below it, which takes back what its own had added.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;
use windlass_domain::When;

use super::plan::Plan;
use super::scope::Tasks;
use crate::jobs::LockedJob;
use crate::origins::{Added, lost};

/// The plan of a retry of `seeds`, with all that follows from what is taken back. Ends, because each turn adds a job.
pub(super) fn plan_with_losses(
    jobs: &[LockedJob],
    edges: &[(Uuid, Uuid, When)],
    seeds: &BTreeMap<Uuid, Tasks>,
    added: &[Added],
) -> Plan {
    let mut seeds = seeds.clone();
    loop {
        let mut plan = Plan::new(jobs, edges, &seeds);
        let again: HashSet<Uuid> =
            plan.back.keys().copied().filter(|job| plan.tasks_of(*job) == Tasks::All).collect();
        let mut losses = lost(added, &again);
        let follow = jobs.iter().filter(|job| {
            let loses_tasks = losses.get(&job.id).is_some_and(|lost| !lost.origins.is_empty());
            loses_tasks && job.state.has_ended() && !job.by_hand && !again.contains(&job.id)
        });
        let below: HashSet<Uuid> = below(edges, follow.map(|job| job.id));
        let runs = |job: &&LockedJob| below.contains(&job.id) && job.state.has_ended() && !job.by_hand;
        let before = seeds.clone();
        seeds.extend(jobs.iter().filter(runs).map(|job| (job.id, Tasks::All)));
        if seeds == before {
            let losers = jobs.iter().filter_map(|job| Some((job.id, (job.clone(), losses.remove(&job.id)?))));
            plan.lost = losers.collect();
            return plan;
        }
    }
}

/// These jobs and all that depend on them.
fn below(edges: &[(Uuid, Uuid, When)], jobs: impl Iterator<Item = Uuid>) -> HashSet<Uuid> {
    let mut below: HashSet<Uuid> = jobs.collect();
    if below.is_empty() {
        return below;
    }
    // Children have higher ids than their parents, so one pass in the order of children finds all.
    let mut edges: Vec<(Uuid, Uuid)> = edges.iter().map(|(child, parent, _)| (*child, *parent)).collect();
    edges.sort_unstable();
    for (child, parent) in edges {
        if below.contains(&parent) {
            below.insert(child);
        }
    }
    below
}
