//! What the server stores: a job, its tasks, and every lease that it ever gave.
//!
//! As in the store, a task's row is not rewritten when its job ends: its effective state is read through the job.

use windlass_domain::{
    JobCounts, JobEvent, JobState, JobTerms, Outcome, RetryPolicy, TaskEvent, TaskState, Verb,
};

use crate::flaw::Flaw;
use crate::network::{Token, Worker};

/// What never changes: the job's terms, and what is broken in this server.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) job: JobTerms,
    pub(crate) policy: RetryPolicy,
    pub(crate) flaw: Option<Flaw>,
}

/// All that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) job: JobState,
    pub(crate) counts: JobCounts,
    pub(crate) tasks: Vec<Task>,
    pub(crate) leases: Vec<Lease>,
    /// Retries by hand so far.
    pub(crate) retries: u8,
}

/// A task's row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub(crate) stored: TaskState,
    pub(crate) attempt: i32,
    pub(crate) max_attempts: i32,
    /// The present attempt has reported its progress.
    pub(crate) progress: bool,
    /// How often it was brought back by hand.
    pub(crate) run: u8,
}

/// A lease, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lease {
    pub(crate) task: usize,
    pub(crate) worker: Worker,
    /// The run of the task that it belongs to.
    pub(crate) run: u8,
    /// Its worker has heard of it.
    pub(crate) heard: bool,
    /// A repeat of its dequeue was answered with it.
    pub(crate) repeated: bool,
    /// It was released before anybody heard of it: its token is known to nobody.
    pub(crate) released: bool,
    /// `lease_expires_at` has passed.
    pub(crate) expired: bool,
    /// The attempt has run past the job's `timeout_seconds`.
    pub(crate) overrun: bool,
    /// A sweeper has seen it due.
    pub(crate) looked_at: bool,
    /// How its attempt ended; none while it is current.
    pub(crate) end: Option<End>,
}

/// The row of an ended attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    /// The report that ended it, by which its repeats are known.
    pub(crate) verb: Option<Verb>,
    /// How many ends were accepted; more than two count as two, so that a broken server has an end.
    pub(crate) times: u8,
}

impl Server {
    /// A new sealed job that still waits for others.
    pub(crate) fn new(tasks: usize, policy: &RetryPolicy) -> Self {
        let task = Task {
            stored: TaskState::Queued,
            attempt: 0,
            max_attempts: policy.max_attempts,
            progress: false,
            run: 0,
        };
        let queued = i64::try_from(tasks).expect("a handful");
        Self {
            job: JobState::Pending,
            counts: JobCounts { queued, ..JobCounts::default() },
            tasks: vec![task; tasks],
            leases: Vec::new(),
            retries: 0,
        }
    }

    /// A task's state as every answer shows it.
    pub(crate) fn state(&self, task: usize) -> TaskState {
        let stored = self.tasks[task].stored;
        let through_job = match self.job {
            JobState::Pending if !stored.has_ended() => return TaskState::Pending,
            JobState::Skipped => stored.on(TaskEvent::Skip),
            job if job.has_ended() => stored.on(TaskEvent::Cancel),
            _ => return stored,
        };
        // What had ended before its job takes neither event.
        through_job.unwrap_or(stored)
    }

    /// The task's lease, if one is current.
    pub(crate) fn current(&self, task: usize) -> Option<Token> {
        self.leases.iter().position(|lease| lease.task == task && lease.end.is_none())
    }

    /// Moves a task by the domain's transition, and its job's counts with it; nothing where the domain refuses.
    pub(crate) fn step(&mut self, task: usize, event: TaskEvent) -> Option<TaskState> {
        let before = self.tasks[task].stored;
        let after = before.on(event).ok()?;
        *count_of(&mut self.counts, before) -= 1;
        *count_of(&mut self.counts, after) += 1;
        self.tasks[task].stored = after;
        Some(after)
    }

    /// Ends an attempt: the lease becomes a row of history.
    pub(crate) fn end_lease(&mut self, token: Token, outcome: Outcome, verb: Option<Verb>) {
        let lease = &mut self.leases[token];
        let times = lease.end.as_ref().map_or(1, |_| 2);
        (lease.expired, lease.overrun, lease.repeated) = (false, false, false);
        lease.end = Some(End { outcome, verb, times });
        self.tasks[lease.task].progress = false;
    }

    /// The job's edges are met. It ends as it opens if none of its tasks is open any more.
    pub(crate) fn open(&mut self, terms: &Terms) {
        if let Ok(open) = self.job.on(JobEvent::Open) {
            self.job = open;
            self.roll_up(terms);
        }
    }

    /// Ends the job if its tasks decide it.
    pub(crate) fn roll_up(&mut self, terms: &Terms) {
        if let (true, Some(end)) = (self.job.is_open(), self.counts.end(terms.job)) {
            self.end_job(JobEvent::End(end), terms);
        }
    }

    /// Ends the job: what is open below is cancelled or skipped through it, and its leases are dead.
    pub(crate) fn end_job(&mut self, event: JobEvent, terms: &Terms) {
        let Ok(ended) = self.job.on(event) else { return };
        self.job = ended;
        let open = self.counts.open();
        let closed = if event == JobEvent::Skip { TaskState::Skipped } else { TaskState::Cancelled };
        *count_of(&mut self.counts, closed) += open;
        (self.counts.queued, self.counts.scheduled, self.counts.running) = (0, 0, 0);
        let forgets = terms.flaw == Some(Flaw::JobIsNotAsked);
        for token in 0..self.leases.len() {
            if self.leases[token].end.is_none() && !forgets {
                self.end_lease(token, Outcome::Cancelled, None);
            }
        }
    }
}

/// The count of the tasks of a state.
pub(crate) fn count_of(counts: &mut JobCounts, state: TaskState) -> &mut i64 {
    match state {
        TaskState::Scheduled => &mut counts.scheduled,
        TaskState::Pending | TaskState::Queued => &mut counts.queued,
        TaskState::Running => &mut counts.running,
        TaskState::Succeeded => &mut counts.succeeded,
        TaskState::Failed => &mut counts.failed,
        TaskState::Cancelled => &mut counts.cancelled,
        TaskState::Skipped => &mut counts.skipped,
    }
}
