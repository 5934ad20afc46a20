//! `POST /v1/pipelines`, and jobs added later.

use std::collections::BTreeSet;

use super::{Job, Model, Pipeline, Rank, Refusal, State, Task};
use crate::random::script::{NewJob, NewPipeline, Sealing, When};

impl Model {
    /// Creates a pipeline and returns its number.
    pub(crate) fn create(&mut self, new: &NewPipeline) -> usize {
        let number = self.pipelines.len();
        self.pipelines.push(Pipeline {
            group: new.group,
            state: State::Pending,
            paused: new.paused,
            seal: Pipeline::created_seal(new.sealed),
            priority: new.priority,
            fail_fast: new.fail_fast,
            jobs: Vec::new(),
            deleted: false,
            reopened: 0,
            cancelled: false,
            deadline: new.deadline.map(|ticks| self.now + ticks),
            failing: false,
            has_failed: false,
        });
        self.push_jobs(number, &new.jobs);
        number
    }

    pub(crate) fn add_jobs(&mut self, pipeline: usize, jobs: &[NewJob]) -> Result<(), Refusal> {
        if self.pipelines[pipeline].seal.is_on() {
            return Err(Refusal::conflict("pipeline_sealed"));
        }
        self.push_jobs(pipeline, jobs);
        Ok(())
    }

    fn push_jobs(&mut self, pipeline: usize, jobs: &[NewJob]) {
        for new in jobs {
            let earlier = self.pipelines[pipeline].jobs.len();
            let edges = edges(earlier, new).into_iter();
            let edges = edges.map(|(parent, when)| (self.pipelines[pipeline].jobs[parent], when)).collect();
            let job = self.jobs.len();
            self.pipelines[pipeline].jobs.push(job);
            self.queues[new.kind].named = true;
            self.jobs.push(Job {
                pipeline,
                kind: new.kind,
                state: State::Pending,
                paused: new.paused,
                sealing: new.sealed,
                seal: Job::created_seal(new.sealed),
                sealed_by: BTreeSet::new(),
                by_hand: false,
                edges,
                join: new.join,
                tasks: Vec::new(),
                culprits: Vec::new(),
                run_at: new.run_at.map(|ticks| self.now + ticks),
                fail_fast: new.fail_fast,
                allow_failure: new.allow_failure,
                max_failed: new.max_failed,
                policy: new.policy.clone(),
                lease: new.lease,
                timeout: new.timeout,
                reopened: 0,
                passed: false,
                opened: 0,
                spared: false,
                unseen: false,
            });
            let implied = if new.sealed == Sealing::AtOnce { vec![0] } else { Vec::new() };
            self.push_tasks(job, new.tasks.as_ref().unwrap_or(&implied), &BTreeSet::new());
        }
        self.resolve(pipeline);
    }

    /// Adds tasks that are due in so many ticks, but not before their job is; `above`: the jobs whose completions led to them.
    pub(super) fn push_tasks(&mut self, job: usize, due: &[u64], above: &BTreeSet<usize>) {
        for ticks in due {
            let moment = self.next();
            let run_at = (self.now + ticks).max(self.jobs[job].run_at.unwrap_or_default());
            let task = Task {
                job,
                state: if run_at > self.now { State::Scheduled } else { State::Queued },
                attempt: 0,
                max_attempts: self.jobs[job].policy.max_attempts,
                run_at,
                attempts: Vec::new(),
                above: above.clone(),
                gone: false,
                lease: None,
                started: false,
                cancelled_by_hand: false,
                rank: Rank::at(moment),
            };
            self.jobs[job].tasks.push(self.tasks.len());
            self.tasks.push(task);
        }
    }
}

/// The edges of a new job, to the numbers of its parents in the pipeline: each of the earlier jobs at most once.
pub(crate) fn edges(earlier: usize, new: &NewJob) -> Vec<(usize, When)> {
    let mut edges: Vec<(usize, When)> = Vec::new();
    for (pick, when) in &new.edges {
        if let Some(parent) = pick.checked_rem(earlier)
            && edges.iter().all(|(other, _)| *other != parent)
        {
            edges.push((parent, *when));
        }
    }
    edges
}
