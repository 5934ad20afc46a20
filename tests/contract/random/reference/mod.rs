//! The reference: what the contract says must be, as plain values in memory.
//!
//! What: pipelines, jobs, tasks and leases with the rules of `docs/contract/core.md`, written from that page alone; one method per call says whether the
//! contract accepts it, and does it. Why: the service's answers are compared with it call by call. What it deliberately does not do: know ids,
//! tables or parallelism, or choose where the contract leaves a choice; there it takes the service's own as an argument and judges it.
//! How it fails: a method returns the [`Refusal`] that the service must answer with.

mod adding;
mod bulk;
mod clean_up;
mod control;
mod create;
mod edges;
mod expiry;
mod job;
mod order;
mod pipeline;
mod rank;
mod report;
mod retry;
mod seal;
mod state;
mod taking_back;

use std::collections::BTreeSet;

use super::script::{Join, KINDS, Policy, Sealing, When};
pub(crate) use bulk::Bulked;
pub(crate) use create::edges;
pub(crate) use order::Chosen;
use rank::Rank;
pub(crate) use report::Accepted;
pub(crate) use seal::Seal;
pub(crate) use state::{Refusal, State};

/// Everything that a script has made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// Ticks since the script began.
    pub(crate) now: u64,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) leases: Vec<Lease>,
    pub(crate) queues: [Queue; KINDS],
    /// Pipelines of which something may have changed since they were compared last.
    pub(crate) touched: BTreeSet<usize>,
    sequence: u64,
    /// The moment of the present call: jobs that it opens, open together.
    call: u64,
    /// The moment of the last move of the clock, which represents all that the service does by itself because of it, in no order.
    time_came: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) group: Option<usize>,
    pub(crate) state: State,
    pub(crate) paused: bool,
    pub(crate) seal: Seal,
    pub(crate) priority: usize,
    pub(crate) fail_fast: bool,
    pub(crate) jobs: Vec<usize>,
    pub(crate) deleted: bool,
    /// How often a retry brought it back from its end.
    pub(crate) reopened: usize,
    cancelled: bool,
    /// When it is cancelled with clean-up: half a tick after this one.
    pub(crate) deadline: Option<u64>,
    /// A job has failed that may not, and what `fail_fast` cancels is not cancelled yet.
    failing: bool,
    /// Its first failure has been; a retry that brings the pipeline back from its end starts anew.
    has_failed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) pipeline: usize,
    pub(crate) kind: usize,
    pub(crate) state: State,
    pub(crate) paused: bool,
    pub(crate) sealing: Sealing,
    pub(crate) seal: Seal,
    /// The jobs whose completions led to its seal, if one of them put it on.
    sealed_by: BTreeSet<usize>,
    /// Cancelled or skipped by a person.
    by_hand: bool,
    pub(crate) edges: Vec<(usize, When)>,
    pub(crate) join: Join,
    pub(crate) tasks: Vec<usize>,
    /// Why it was skipped by an edge: the edges that could not be met, with the parent's state then.
    pub(crate) culprits: Vec<(usize, When, State)>,
    pub(crate) run_at: Option<u64>,
    pub(crate) fail_fast: bool,
    pub(crate) allow_failure: bool,
    pub(crate) max_failed: usize,
    pub(crate) policy: Policy,
    pub(crate) lease: u64,
    pub(crate) timeout: Option<u64>,
    pub(crate) reopened: usize,
    /// It had no tasks and succeeded as it opened.
    passed: bool,
    /// When it opened, among others.
    opened: u64,
    /// It is sealed as it opens, since a clean-up or `fail_fast` has spared it.
    spared: bool,
    /// It or tasks of it came due while nothing could show when the service sees so: it was pending, had ended, or had no task. That may take a
    /// second.
    unseen: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) job: usize,
    /// As if its job were open; [`Model::task_state`] says the effective one.
    pub(crate) state: State,
    pub(crate) attempt: u64,
    pub(crate) max_attempts: u64,
    pub(crate) run_at: u64,
    /// What `GET /v1/tasks/{id}/attempts` must list: number and outcome.
    pub(crate) attempts: Vec<(u64, &'static str)>,
    /// The jobs whose completions led to it.
    above: BTreeSet<usize>,
    /// It was taken back.
    pub(crate) gone: bool,
    lease: Option<usize>,
    /// It has been leased since its last retry by hand.
    started: bool,
    /// It was cancelled by itself, by hand.
    cancelled_by_hand: bool,
    rank: Rank,
}

#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) task: usize,
    pub(crate) number: u64,
    /// It is the task's current one.
    pub(crate) current: bool,
    /// The report by which it ended, if one was accepted, until a retry by hand runs its task again: then nothing repeats it.
    pub(crate) ended_by: Option<&'static str>,
    started: u64,
    length: u64,
    expires: u64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Queue {
    pub(crate) paused: bool,
    pub(crate) max_running: Option<usize>,
    /// A job or a PATCH has named it.
    pub(crate) named: bool,
}

impl Model {
    /// A call begins.
    pub(crate) fn begin(&mut self) {
        self.call = self.next();
    }

    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// What reads must show of a task.
    pub(crate) fn task_state(&self, task: usize) -> State {
        let task = &self.tasks[task];
        let waits = matches!(task.state, State::Queued | State::Scheduled);
        if waits && self.jobs[task.job].state == State::Pending { State::Pending } else { task.state }
    }

    pub(crate) fn pipeline_of_task(&self, task: usize) -> usize {
        self.jobs[self.tasks[task].job].pipeline
    }

    /// Whether the service may show what time has brought to a pipeline a moment later.
    pub(crate) fn may_be_late(&self, pipeline: usize) -> bool {
        self.pipelines[pipeline].jobs.iter().any(|job| self.jobs[*job].unseen)
    }

    /// The service shows a pipeline as it is.
    pub(crate) fn has_shown(&mut self, pipeline: usize) {
        for job in &self.pipelines[pipeline].jobs {
            if self.jobs[*job].unseen && self.count(*job, State::Queued) > 0 {
                self.jobs[*job].unseen = false;
                self.sequence += 1;
                for task in &self.jobs[*job].tasks {
                    self.tasks[*task].rank.seen(self.sequence);
                }
            }
        }
    }

    /// A job's key: its number within its pipeline.
    pub(crate) fn key(&self, job: usize) -> String {
        let jobs = &self.pipelines[self.jobs[job].pipeline].jobs;
        format!("j{}", jobs.iter().position(|other| *other == job).expect("a job of its pipeline"))
    }

    /// How many tasks of a job are in a state.
    pub(crate) fn count(&self, job: usize, state: State) -> usize {
        self.jobs[job].tasks.iter().filter(|task| self.task_state(**task) == state).count()
    }

    /// How many tasks of a type are leased.
    pub(crate) fn running(&self, kind: usize) -> usize {
        self.leases
            .iter()
            .filter(|lease| lease.current && self.jobs[self.tasks[lease.task].job].kind == kind)
            .count()
    }

    /// The leases that are current.
    pub(crate) fn current(&self) -> Vec<usize> {
        (0..self.leases.len()).filter(|lease| self.leases[*lease].current).collect()
    }
}
