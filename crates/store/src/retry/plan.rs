//! Which jobs a retry brings back.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use windlass_domain::{EdgeOutcome, JobState, ParentEnd, When};

use super::scope::Tasks;
use crate::jobs::LockedJob;
use crate::origins::Lost;
use crate::rollup::skip_reason;

/// What a retry changes.
pub(crate) struct Plan {
    pub(crate) pipeline: Uuid,
    /// The jobs that come back, each with its edges that are unmet then.
    pub(crate) back: BTreeMap<Uuid, (LockedJob, i32)>,
    /// Pending jobs that had counted a parent's end which is now open again, with their unmet edges.
    pub(crate) pending: Vec<(Uuid, i32)>,
    /// Which tasks of the jobs that were asked for come back, and of those that follow from what others lose.
    pub(crate) seeds: BTreeMap<Uuid, Tasks>,
    /// What is taken back: jobs that lose tasks, those that come back, those that stay ended, and those that go on.
    pub(crate) lost: BTreeMap<Uuid, (LockedJob, Lost)>,
    /// Open jobs of which edges are unmet again, with how many.
    pub(crate) unmet_again: BTreeMap<Uuid, i32>,
    /// Jobs that stay skipped though a parent comes back, and those skipped below them, for the cause that then holds.
    pub(crate) restated: BTreeMap<Uuid, (LockedJob, Skip)>,
}

/// Why a job is skipped.
#[derive(Debug, Clone)]
pub(crate) struct Skip {
    pub(crate) reason: String,
    /// As a branch not taken, and not because something went wrong.
    pub(crate) not_taken: bool,
}

impl Plan {
    /// Over all jobs of a pipeline, in id order, so parents first: a seed comes back if its edges allow, and so does what was skipped, though
    /// not by hand, below a job that comes back.
    pub(crate) fn new(
        jobs: &[LockedJob],
        edges: &[(Uuid, Uuid, When)],
        seeds: &BTreeMap<Uuid, Tasks>,
    ) -> Self {
        let by_id: HashMap<Uuid, &LockedJob> = jobs.iter().map(|job| (job.id, job)).collect();
        let mut parents: HashMap<Uuid, Vec<(Uuid, When)>> = HashMap::new();
        for (child, parent, when) in edges {
            parents.entry(*child).or_default().push((*parent, *when));
        }
        let mut back: BTreeMap<Uuid, (LockedJob, i32)> = BTreeMap::new();
        let mut restated: BTreeMap<Uuid, (LockedJob, Skip)> = BTreeMap::new();
        for job in jobs {
            let edges = parents.get(&job.id).map_or(&[][..], Vec::as_slice);
            let follows = job.state == JobState::Skipped
                && !job.by_hand
                && edges.iter().any(|(parent, _)| back.contains_key(parent) || restated.contains_key(parent));
            if !seeds.contains_key(&job.id) && !follows {
                continue;
            }
            match unmet(edges, &by_id, &back, &restated) {
                Ok(unmet) => drop(back.insert(job.id, (job.clone(), unmet))),
                Err(skip) if follows => drop(restated.insert(job.id, (job.clone(), skip))),
                Err(_) => {}
            }
        }
        let open = jobs.iter().filter(|job| job.state.is_open() && !back.contains_key(&job.id));
        let unmet_again = open
            .filter_map(|job| Some((job.id, unmet(parents.get(&job.id)?, &by_id, &back, &restated).ok()?)))
            .filter(|(_, unmet)| *unmet > 0)
            .collect();
        let still_pending = jobs.iter().filter(|job| job.state == JobState::Pending);
        let pending = still_pending
            .filter_map(|job| Some((job, unmet(parents.get(&job.id)?, &by_id, &back, &restated).ok()?)))
            .filter(|(job, unmet)| job.unmet != *unmet)
            .map(|(job, unmet)| (job.id, unmet))
            .collect();
        let pipeline = jobs.first().map_or_else(Uuid::nil, |job| job.pipeline_id);
        Self { pipeline, back, pending, restated, seeds: seeds.clone(), lost: BTreeMap::new(), unmet_again }
    }

    /// Which tasks of a job that comes back run again.
    pub(crate) fn tasks_of(&self, job: Uuid) -> Tasks {
        self.seeds.get(&job).copied().unwrap_or(Tasks::Unsuccessful)
    }

    /// Every job that it changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Uuid> {
        let pending = self.pending.iter().map(|(id, _)| *id);
        let lost = self.lost.keys().copied();
        self.back.keys().copied().chain(pending).chain(self.restated.keys().copied()).chain(lost)
    }
}

/// How many of these edges are unmet once the jobs in `back` are, or why they can no longer all be met: what went wrong before a branch not
/// taken, as when edges are resolved.
fn unmet(
    edges: &[(Uuid, When)],
    jobs: &HashMap<Uuid, &LockedJob>,
    back: &BTreeMap<Uuid, (LockedJob, i32)>,
    restated: &BTreeMap<Uuid, (LockedJob, Skip)>,
) -> Result<i32, Skip> {
    let mut unmet = 0;
    let mut skip: Option<Skip> = None;
    for (parent, when) in edges {
        let parent = jobs[parent];
        if back.contains_key(&parent.id) || !parent.state.has_ended() {
            unmet += 1;
            continue;
        }
        let not_taken = restated.get(&parent.id).map_or(parent.not_taken, |(_, skip)| skip.not_taken);
        if let EdgeOutcome::Unmeetable { not_taken } =
            when.resolve(ParentEnd { state: parent.state, not_taken })
            && skip.as_ref().is_none_or(|before| before.not_taken && !not_taken)
        {
            skip = Some(Skip { reason: skip_reason(&parent.key, parent.state), not_taken });
        }
    }
    skip.map_or(Ok(unmet), Err)
}
