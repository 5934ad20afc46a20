//! Which jobs a retry brings back.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use windlass_domain::{EdgeOutcome, JobState, Joined, ParentEnd, SealedBy, When};

use super::scope::Tasks;
use crate::jobs::LockedJob;
use crate::origins::Lost;
use crate::rollup::skip_reason;

/// What a retry changes.
pub(crate) struct Plan {
    pub(crate) pipeline: Uuid,
    /// The jobs that come back.
    pub(crate) back: BTreeMap<Uuid, Return>,
    /// Open jobs without a lease yet that wait again, with their unmet edges.
    pub(crate) waiting: Vec<(LockedJob, i32)>,
    /// Pending jobs that had counted a parent's end which is now open again, with their unmet edges.
    pub(crate) pending: Vec<(Uuid, i32)>,
    /// Jobs that stay skipped though a parent comes back, and those skipped below them, for the cause that then holds.
    pub(crate) restated: BTreeMap<Uuid, (LockedJob, Skip)>,
    /// What is taken back: jobs that lose tasks, those that come back, those that stay ended, and those that go on.
    pub(crate) lost: BTreeMap<Uuid, (LockedJob, Lost)>,
    /// Open jobs of which edges are unmet again, with how many.
    pub(crate) unmet_again: BTreeMap<Uuid, i32>,
}

/// A job that comes back.
pub(crate) struct Return {
    pub(crate) job: LockedJob,
    /// Its edges that are unmet then.
    pub(crate) unmet: i32,
    pub(crate) tasks: Tasks,
}

/// Why a job is skipped.
#[derive(Debug, Clone)]
pub(crate) struct Skip {
    pub(crate) reason: String,
    /// As a branch not taken, and not because something went wrong.
    pub(crate) not_taken: bool,
}

impl Plan {
    /// Over all jobs of a pipeline, in id order, so parents first: a seed comes back if its edges allow. So does, below a job that comes back, what
    /// was skipped, though not by hand, and what had passed; and what is open there and has had no lease waits again.
    pub(crate) fn new(
        jobs: &[LockedJob],
        edges: &[(Uuid, Uuid, When)],
        seeds: &HashMap<Uuid, Tasks>,
    ) -> Self {
        let mut planning = Planning::over(jobs, edges);
        for job in jobs {
            planning.plan(job, seeds.get(&job.id).copied());
        }
        let pending = jobs.iter().filter(|job| job.state == JobState::Pending);
        let pending = pending
            .filter(|job| !planning.back.contains_key(&job.id))
            .filter_map(|job| Some((job, planning.judge(job).ok()?)))
            .filter(|(job, unmet)| job.unmet != *unmet)
            .map(|(job, unmet)| (job.id, unmet))
            .collect();
        let open = jobs.iter().filter(|job| job.state.is_open() && !planning.back.contains_key(&job.id));
        let unmet_again = open
            .filter_map(|job| Some((job.id, planning.judge(job).ok()?)))
            .filter(|(_, unmet)| *unmet > 0)
            .collect();
        let Planning { back, waiting, restated, .. } = planning;
        let pipeline = jobs.first().map_or_else(Uuid::nil, |job| job.pipeline_id);
        Self { pipeline, back, waiting, pending, restated, lost: BTreeMap::new(), unmet_again }
    }

    /// Adds what is taken back. Whether an open job that loses tasks waits again is decided once these are counted.
    pub(super) fn lose(&mut self, lost: impl Iterator<Item = (Uuid, (LockedJob, Lost))>) {
        self.lost = lost.collect();
        self.waiting.retain(|(job, _)| !self.lost.contains_key(&job.id));
    }

    /// Every job that it changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Uuid> {
        let pending = self.pending.iter().map(|(id, _)| *id);
        let waiting = self.waiting.iter().map(|(job, _)| job.id);
        self.back
            .keys()
            .copied()
            .chain(pending)
            .chain(waiting)
            .chain(self.restated.keys().copied())
            .chain(self.lost.keys().copied())
    }
}

/// A plan that is being made.
struct Planning<'a> {
    jobs: HashMap<Uuid, &'a LockedJob>,
    parents: HashMap<Uuid, Vec<(Uuid, When)>>,
    back: BTreeMap<Uuid, Return>,
    waiting: Vec<(LockedJob, i32)>,
    restated: BTreeMap<Uuid, (LockedJob, Skip)>,
}

impl<'a> Planning<'a> {
    fn over(jobs: &'a [LockedJob], edges: &[(Uuid, Uuid, When)]) -> Self {
        let mut parents: HashMap<Uuid, Vec<(Uuid, When)>> = HashMap::new();
        for (child, parent, when) in edges {
            parents.entry(*child).or_default().push((*parent, *when));
        }
        let jobs = jobs.iter().map(|job| (job.id, job)).collect();
        Self { jobs, parents, back: BTreeMap::new(), waiting: Vec::new(), restated: BTreeMap::new() }
    }

    fn plan(&mut self, job: &LockedJob, seed: Option<Tasks>) {
        let below_back = self.edges(job).iter().any(|(parent, _)| self.back.contains_key(parent));
        let below_restated = self.edges(job).iter().any(|(parent, _)| self.restated.contains_key(parent));
        let was_skipped = job.state == JobState::Skipped && !job.by_hand;
        let follows = was_skipped && (below_back || below_restated);
        let waits_again = below_back && job.state == JobState::Queued;
        let passes_again = below_back && has_passed(job);
        if seed.is_none() && !follows && !waits_again && !passes_again {
            return;
        }
        match (self.judge(job), seed) {
            (Ok(unmet), None) if waits_again => self.waiting.push((job.clone(), unmet)),
            (Ok(unmet), seed) => {
                let tasks = seed.unwrap_or(Tasks::Unsuccessful);
                self.back.insert(job.id, Return { job: job.clone(), unmet, tasks });
            }
            (Err(skip), _) if follows => drop(self.restated.insert(job.id, (job.clone(), skip))),
            (Err(_), _) => {}
        }
    }

    fn edges(&self, job: &LockedJob) -> &[(Uuid, When)] {
        self.parents.get(&job.id).map_or(&[][..], Vec::as_slice)
    }

    /// How many edges of a job are unmet once what is planned so far is done, or why it would be skipped.
    fn judge(&self, job: &LockedJob) -> Result<i32, Skip> {
        let outcomes: Vec<Option<EdgeOutcome>> =
            self.edges(job).iter().map(|(parent, when)| self.outcome(*parent, *when)).collect();
        match job.join.decide(&outcomes) {
            Joined::Waits(unmet) => Ok(unmet + i32::from(job.held)),
            Joined::Opens => Ok(i32::from(job.held)),
            Joined::Skipped { edge, not_taken } => {
                let parent = self.jobs[&self.edges(job)[edge].0];
                Err(Skip { reason: skip_reason(&parent.key, parent.state), not_taken })
            }
        }
    }

    fn outcome(&self, parent: Uuid, when: When) -> Option<EdgeOutcome> {
        let parent = self.jobs[&parent];
        if self.back.contains_key(&parent.id) || !parent.state.has_ended() {
            return None;
        }
        let not_taken = self.restated.get(&parent.id).map_or(parent.not_taken, |(_, skip)| skip.not_taken);
        Some(when.resolve(ParentEnd { state: parent.state, not_taken }))
    }
}

/// A join that succeeded as it opened, and that no person has sealed: it says no more than its parents did.
fn has_passed(job: &LockedJob) -> bool {
    job.state == JobState::Succeeded && job.passed && job.seal.by != Some(SealedBy::Person)
}
