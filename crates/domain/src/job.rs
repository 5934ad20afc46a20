//! The states of a job, and when and how it ends.

use crate::{InvalidTransition, TaskState};

/// A job's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Edges are unmet. Entered at creation; left when all are met, or one never can be.
    Pending,
    /// Open: its tasks may be dequeued. Left by its first lease, its end, or the retry of a parent.
    Queued,
    /// Had a lease. Left by its end, or a retry of what is above and all below.
    Running,
    /// Ended well. Left by a retry only.
    Succeeded,
    /// More tasks failed than it tolerates. Left by a retry only.
    Failed,
    /// Cancelled, or all its tasks were. Left by a retry only.
    Cancelled,
    /// An edge can no longer be met, or skipped by hand. Left by a retry only.
    Skipped,
}

/// What can happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEvent {
    /// All its edges are met.
    Open,
    /// One of its tasks is leased.
    Lease,
    /// Its tasks have decided it.
    End(JobEnd),
    /// It or its pipeline is cancelled.
    Cancel,
    /// An edge can no longer be met, or by hand.
    Skip,
    /// It is brought back.
    Retry,
    /// A retry above it leaves an edge of it unmet, and it has had no lease; or its leases are cancelled, by a retry that
    /// runs what is below again.
    WaitAgain,
}

/// How its tasks make a job end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    /// A task succeeded, or there are none.
    Succeeded,
    /// Too many failed.
    Failed,
    /// All were cancelled.
    Cancelled,
}

/// Tasks of a job by state, as stored: what waits under a pending job is counted as queued or scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct JobCounts {
    /// Waiting, due.
    pub queued: i64,
    /// Waiting for their `run_at`.
    pub scheduled: i64,
    /// Leased.
    pub running: i64,
    /// Ended well.
    pub succeeded: i64,
    /// Ended badly.
    pub failed: i64,
    /// Cancelled.
    pub cancelled: i64,
    /// Skipped with their job.
    pub skipped: i64,
}

/// What of a job decides its end, beside its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobTerms {
    /// No more tasks will come.
    pub sealed: bool,
    /// Fail at once when the threshold is passed.
    pub fail_fast: bool,
    /// Failed tasks tolerated.
    pub max_failed_tasks: i64,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Skipped,
    ];

    /// The word of the public JSON and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the state is terminal.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped)
    }

    /// What a task is that was open as its job ended in this state, or is added to it since; `None` while it has not ended.
    pub fn end_of_tasks(self) -> Option<TaskState> {
        match self {
            Self::Pending | Self::Queued | Self::Running => None,
            Self::Succeeded | Self::Failed | Self::Cancelled => Some(TaskState::Cancelled),
            Self::Skipped => Some(TaskState::Skipped),
        }
    }

    /// Whether its tasks may be leased, pauses aside.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// The state that `event` leads to. A retried job starts pending and its edges open it; where none is unmet
    /// the store takes both steps at once, and records them as one event.
    ///
    /// # Errors
    /// [`InvalidTransition`] where the event makes no sense.
    pub fn on(self, event: JobEvent) -> Result<Self, InvalidTransition> {
        use JobEvent as E;
        match (self, event) {
            (Self::Pending, E::Open) => Ok(Self::Queued),
            (Self::Queued | Self::Running, E::Lease) => Ok(Self::Running),
            (Self::Queued | Self::Running, E::End(JobEnd::Succeeded)) => Ok(Self::Succeeded),
            (Self::Queued | Self::Running, E::End(JobEnd::Failed)) => Ok(Self::Failed),
            (Self::Queued | Self::Running, E::End(JobEnd::Cancelled))
            | (Self::Pending | Self::Queued | Self::Running, E::Cancel) => Ok(Self::Cancelled),
            (Self::Pending | Self::Queued | Self::Running, E::Skip) => Ok(Self::Skipped),
            (Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped, E::Retry)
            | (Self::Queued | Self::Running, E::WaitAgain) => Ok(Self::Pending),
            _ => Err(InvalidTransition { state: self.as_str(), event: event.as_str() }),
        }
    }
}

impl JobEvent {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Lease => "lease",
            Self::End(_) => "end",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
            Self::Retry => "retry",
            Self::WaitAgain => "wait again",
        }
    }
}

impl JobCounts {
    /// Those of a job that has ended in this state: what had not ended shares its end.
    #[must_use]
    pub fn share_end_of(self, job: JobState) -> Self {
        let Some(end) = job.end_of_tasks() else { return self };
        let shared = self.open();
        let skipped = if end == TaskState::Skipped { shared } else { 0 };
        Self {
            queued: 0,
            scheduled: 0,
            running: 0,
            cancelled: self.cancelled + shared - skipped,
            skipped: self.skipped + skipped,
            ..self
        }
    }

    /// Tasks that have not ended.
    pub fn open(&self) -> i64 {
        self.queued + self.scheduled + self.running
    }

    /// All tasks.
    pub fn total(&self) -> i64 {
        self.open() + self.ended()
    }

    /// Tasks that have ended.
    pub fn ended(&self) -> i64 {
        self.succeeded + self.failed + self.cancelled + self.skipped
    }

    /// How an open job with these tasks ends, if it does.
    pub fn end(&self, terms: JobTerms) -> Option<JobEnd> {
        let too_many = self.failed > terms.max_failed_tasks;
        if too_many && terms.fail_fast {
            return Some(JobEnd::Failed);
        }
        if !terms.sealed || self.open() > 0 {
            return None;
        }
        Some(if too_many {
            JobEnd::Failed
        } else if self.succeeded > 0 || self.total() == 0 {
            JobEnd::Succeeded
        } else {
            JobEnd::Cancelled
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_meets_every_event() {
        use JobEvent as E;
        use JobState as S;
        let events = [
            E::Open,
            E::Lease,
            E::End(JobEnd::Succeeded),
            E::End(JobEnd::Failed),
            E::End(JobEnd::Cancelled),
            E::Cancel,
            E::Skip,
            E::Retry,
            E::WaitAgain,
        ];
        let (c, k) = (Some(S::Cancelled), Some(S::Skipped));
        let open =
            [None, Some(S::Running), Some(S::Succeeded), Some(S::Failed), c, c, k, None, Some(S::Pending)];
        let ended = [None, None, None, None, None, None, None, Some(S::Pending), None];
        let table = [
            (S::Pending, [Some(S::Queued), None, None, None, None, c, k, None, None]),
            (S::Queued, open),
            (S::Running, open),
            (S::Succeeded, ended),
            (S::Failed, ended),
            (S::Cancelled, ended),
            (S::Skipped, ended),
        ];
        for (state, row) in table {
            for (event, next) in events.into_iter().zip(row) {
                assert_eq!(state.on(event).ok(), next, "{state:?} on {event:?}");
            }
        }
    }

    #[test]
    fn tasks_share_the_end_of_their_job() {
        for state in JobState::ALL {
            let expected = match state {
                JobState::Skipped => Some(TaskState::Skipped),
                state => state.has_ended().then_some(TaskState::Cancelled),
            };
            assert_eq!(state.end_of_tasks(), expected);
        }
    }

    #[test]
    fn what_is_open_shares_the_end() {
        let counts = JobCounts { queued: 1, scheduled: 2, running: 3, succeeded: 4, ..JobCounts::default() };
        assert_eq!(counts.share_end_of(JobState::Running), counts);
        let ended = JobCounts { succeeded: 4, ..JobCounts::default() };
        assert_eq!(counts.share_end_of(JobState::Cancelled), JobCounts { cancelled: 6, ..ended });
        assert_eq!(counts.share_end_of(JobState::Skipped), JobCounts { skipped: 6, ..ended });
    }

    fn terms(sealed: bool, fail_fast: bool, max_failed_tasks: i64) -> JobTerms {
        JobTerms { sealed, fail_fast, max_failed_tasks }
    }

    #[test]
    fn a_job_ends_when_sealed_and_none_is_open() {
        let done = JobCounts { succeeded: 2, ..JobCounts::default() };
        assert_eq!(done.end(terms(true, true, 0)), Some(JobEnd::Succeeded));
        assert_eq!(done.end(terms(false, true, 0)), None);
        for open in [
            JobCounts { queued: 1, ..done },
            JobCounts { scheduled: 1, ..done },
            JobCounts { running: 1, ..done },
        ] {
            assert_eq!(open.end(terms(true, true, 0)), None);
        }
    }

    #[test]
    fn too_many_failures_end_it_at_once_only_if_fail_fast() {
        let counts = JobCounts { queued: 5, failed: 2, ..JobCounts::default() };
        assert_eq!(counts.end(terms(false, true, 1)), Some(JobEnd::Failed));
        assert_eq!(counts.end(terms(false, true, 2)), None);
        assert_eq!(counts.end(terms(true, false, 1)), None);
        let last = JobCounts { queued: 0, ..counts };
        assert_eq!(last.end(terms(true, false, 1)), Some(JobEnd::Failed));
    }

    /// The rule to the letter: failures within the threshold are no success.
    #[test]
    fn tolerated_failures_without_any_success_are_cancelled() {
        let counts = JobCounts { failed: 1, ..JobCounts::default() };
        assert_eq!(counts.end(terms(true, true, 1)), Some(JobEnd::Cancelled));
        assert_eq!(JobCounts { succeeded: 1, ..counts }.end(terms(true, true, 1)), Some(JobEnd::Succeeded));
    }

    #[test]
    fn a_join_node_succeeds_and_all_cancelled_is_cancelled() {
        assert_eq!(JobCounts::default().end(terms(true, true, 0)), Some(JobEnd::Succeeded));
        let cancelled = JobCounts { cancelled: 3, ..JobCounts::default() };
        assert_eq!(cancelled.end(terms(true, true, 0)), Some(JobEnd::Cancelled));
        let mixed = JobCounts { succeeded: 1, ..cancelled };
        assert_eq!(mixed.end(terms(true, true, 0)), Some(JobEnd::Succeeded));
    }
}
