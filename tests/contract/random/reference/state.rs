//! States and refusals.

use std::fmt;

/// A state of a pipeline, a job or a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Pending,
    Scheduled,
    Queued,
    Running,
    Succeeded,
    Partial,
    Failed,
    Cancelled,
    Skipped,
}

impl State {
    /// The states that a task may be in.
    pub(crate) const OF_TASKS: [Self; 8] = [
        Self::Pending,
        Self::Scheduled,
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Skipped,
    ];

    pub(crate) fn ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Scheduled | Self::Queued | Self::Running)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The problem that a call must be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    /// The problem's `state` or `task_state`.
    pub(crate) state: Option<State>,
}

impl Refusal {
    pub(crate) fn illegal(state: State) -> Self {
        Self { status: 409, code: "illegal_transition", state: Some(state) }
    }

    pub(crate) fn lease_lost(state: State) -> Self {
        Self { status: 409, code: "lease_lost", state: Some(state) }
    }

    pub(crate) fn conflict(code: &'static str) -> Self {
        Self { status: 409, code, state: None }
    }

    pub(crate) fn not_found(code: &'static str) -> Self {
        Self { status: 404, code, state: None }
    }
}
