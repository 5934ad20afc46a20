//! Which jobs a retry brings back.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::{EdgeOutcome, JobState, ParentEnd, When};

use crate::rollup::{LockedJob, skip_reason};

/// What a retry changes.
pub(crate) struct Plan {
    pub(crate) pipeline: Uuid,
    /// The jobs that come back, each with its edges that are unmet then.
    pub(crate) back: BTreeMap<Uuid, (LockedJob, i32)>,
    /// Pending jobs that had counted a parent's end which is now open again, with their unmet edges.
    pub(crate) pending: Vec<(Uuid, i32)>,
    /// Jobs that stay skipped though a parent comes back, with the reason that then holds.
    pub(crate) restated: Vec<(Uuid, String)>,
}

impl Plan {
    /// Over all jobs of a pipeline, in id order, so parents first: a seed comes back if its edges allow, and so does what was skipped, though
    /// not by hand, below a job that comes back.
    pub(crate) fn new(
        jobs: &[LockedJob],
        edges: impl Iterator<Item = (Uuid, Uuid, When)>,
        seeds: &HashSet<Uuid>,
    ) -> Self {
        let by_id: HashMap<Uuid, &LockedJob> = jobs.iter().map(|job| (job.id, job)).collect();
        let mut parents: HashMap<Uuid, Vec<(Uuid, When)>> = HashMap::new();
        for (child, parent, when) in edges {
            parents.entry(child).or_default().push((parent, when));
        }
        let mut back: BTreeMap<Uuid, (LockedJob, i32)> = BTreeMap::new();
        let mut restated = Vec::new();
        for job in jobs {
            let edges = parents.get(&job.id).map_or(&[][..], Vec::as_slice);
            let follows = job.state == JobState::Skipped
                && !job.by_hand
                && edges.iter().any(|(parent, _)| back.contains_key(parent));
            if !seeds.contains(&job.id) && !follows {
                continue;
            }
            match unmet(edges, &by_id, &back) {
                Ok(unmet) => drop(back.insert(job.id, (job.clone(), unmet))),
                Err(parent) if follows => restated.push((job.id, skip_reason(&parent.key, parent.state))),
                Err(_) => {}
            }
        }
        let still_pending = jobs.iter().filter(|job| job.state == JobState::Pending);
        let pending = still_pending
            .filter_map(|job| Some((job, unmet(parents.get(&job.id)?, &by_id, &back).ok()?)))
            .filter(|(job, unmet)| job.unmet != *unmet)
            .map(|(job, unmet)| (job.id, unmet))
            .collect();
        Self { pending, restated, pipeline: jobs.first().map_or_else(Uuid::nil, |job| job.pipeline_id), back }
    }

    /// Every job that it changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Uuid> {
        let pending = self.pending.iter().map(|(id, _)| *id);
        self.back.keys().copied().chain(pending).chain(self.restated.iter().map(|(id, _)| *id))
    }
}

/// How many of these edges are unmet once the jobs in `back` are, or the parent because of which one can no longer be met.
fn unmet<'a>(
    edges: &[(Uuid, When)],
    jobs: &HashMap<Uuid, &'a LockedJob>,
    back: &BTreeMap<Uuid, (LockedJob, i32)>,
) -> Result<i32, &'a LockedJob> {
    let mut unmet = 0;
    for (parent, when) in edges {
        let parent = jobs[parent];
        if back.contains_key(&parent.id) || !parent.state.has_ended() {
            unmet += 1;
        } else if when.resolve(ParentEnd { state: parent.state, not_taken: parent.not_taken })
            != EdgeOutcome::Met
        {
            return Err(parent);
        }
    }
    Ok(unmet)
}
