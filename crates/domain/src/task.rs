//! The states of a task, and what moves it between them.

use crate::InvalidTransition;

/// A task's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Its job is pending. Entered at creation; left when the job opens or ends.
    Pending,
    /// `run_at` is ahead. Entered at creation, by a retry's or a release's delay; left when due.
    Scheduled,
    /// May be dequeued. Entered at creation, by the job's opening, when due; left by a dequeue.
    Queued,
    /// Leased by a worker. Entered by a dequeue; left by its report, expiry or a cancel.
    Running,
    /// Completed. Left by a retry of scope `all` only.
    Succeeded,
    /// Its last attempt failed. Left by a retry only.
    Failed,
    /// Cancelled by itself, with its job, or by its job's `fail_fast`. Left by a retry only.
    Cancelled,
    /// Its job was skipped. Left by a retry only.
    Skipped,
}

/// What can happen to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskEvent {
    /// Its job opens; `due` when its `run_at` has come.
    Open {
        /// Whether `run_at` has come.
        due: bool,
    },
    /// Its `run_at` comes.
    Promote,
    /// A worker takes it.
    Dequeue,
    /// Its worker completes it.
    Complete,
    /// Its attempt fails for good.
    Fail,
    /// Its attempt ends and another follows: a retry or a release; `due` when without delay.
    Requeue {
        /// Whether it may be dequeued at once.
        due: bool,
    },
    /// It, its job or its pipeline is cancelled.
    Cancel,
    /// Its job is skipped.
    Skip,
    /// It is brought back by hand into an open job.
    Retry,
}

impl TaskState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Scheduled,
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
            Self::Scheduled => "scheduled",
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

    /// The state that `event` leads to.
    ///
    /// # Errors
    /// [`InvalidTransition`] where the event makes no sense.
    pub fn on(self, event: TaskEvent) -> Result<Self, InvalidTransition> {
        use TaskEvent as E;
        match (self, event) {
            (Self::Pending, E::Open { due: true })
            | (Self::Scheduled, E::Promote)
            | (Self::Running, E::Requeue { due: true })
            | (Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped, E::Retry) => {
                Ok(Self::Queued)
            }
            (Self::Pending, E::Open { due: false }) | (Self::Running, E::Requeue { due: false }) => {
                Ok(Self::Scheduled)
            }
            (Self::Queued, E::Dequeue) => Ok(Self::Running),
            (Self::Running, E::Complete) => Ok(Self::Succeeded),
            (Self::Running, E::Fail) => Ok(Self::Failed),
            (Self::Pending | Self::Scheduled | Self::Queued | Self::Running, E::Cancel) => {
                Ok(Self::Cancelled)
            }
            (Self::Pending | Self::Scheduled | Self::Queued | Self::Running, E::Skip) => Ok(Self::Skipped),
            _ => Err(InvalidTransition { state: self.as_str(), event: event.as_str() }),
        }
    }
}

impl TaskEvent {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Promote => "promote",
            Self::Dequeue => "dequeue",
            Self::Complete => "complete",
            Self::Fail => "fail",
            Self::Requeue { .. } => "requeue",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
            Self::Retry => "retry",
        }
    }
}

/// The reports by which a worker ends an attempt; a repeat is known by its token and verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// The work is done.
    Complete,
    /// The attempt failed.
    Fail,
    /// The task is released.
    Release,
}

impl Verb {
    /// The word of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Fail => "fail",
            Self::Release => "release",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It runs still.
    Running,
    /// Completed.
    Succeeded,
    /// Failed, expired or timed out.
    Failed,
    /// Released, not counted.
    Released,
    /// Ended by a cancel.
    Cancelled,
    /// A report with a token no longer current, stored as evidence.
    Late,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Succeeded, Self::Failed, Self::Released, Self::Cancelled, Self::Late];

    /// The word of the public JSON and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
            Self::Late => "late",
        }
    }

    /// The outcome of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the contract: which events each state takes, and where they lead.
    #[test]
    fn every_state_meets_every_event() {
        use TaskEvent as E;
        use TaskState as S;
        let events = [
            E::Open { due: true },
            E::Open { due: false },
            E::Promote,
            E::Dequeue,
            E::Complete,
            E::Fail,
            E::Requeue { due: true },
            E::Requeue { due: false },
            E::Cancel,
            E::Skip,
            E::Retry,
        ];
        let (q, s, c, k) = (Some(S::Queued), Some(S::Scheduled), Some(S::Cancelled), Some(S::Skipped));
        let ended = [None, None, None, None, None, None, None, None, None, None, q];
        let table = [
            (S::Pending, [q, s, None, None, None, None, None, None, c, k, None]),
            (S::Scheduled, [None, None, q, None, None, None, None, None, c, k, None]),
            (S::Queued, [None, None, None, Some(S::Running), None, None, None, None, c, k, None]),
            (S::Running, [None, None, None, None, Some(S::Succeeded), Some(S::Failed), q, s, c, k, None]),
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
}
