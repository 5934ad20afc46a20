//! What a retry is asked to bring back.

use uuid::Uuid;
use windlass_domain::TaskState;

/// What a retry by hand brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// What failed, was cancelled, or was skipped because of that.
    #[default]
    Failed,
    /// Everything, succeeded tasks as well.
    All,
}

/// What a retry of a job does below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Descendants {
    /// What was skipped because of it comes back, what has had no lease waits for it again, the rest stays.
    #[default]
    Stay,
    /// All of it runs again, but what was skipped by hand: what runs is cancelled.
    RunAgain,
}

/// Which tasks of a job come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tasks {
    Unsuccessful,
    All,
    /// All that its `fail_fast` ended: those that did not succeed, but so many that were cancelled by hand. This one in any case.
    FailedFast {
        task: Uuid,
        kept: i64,
    },
    /// One, which had ended like this; the job's others stay as they are, and none of them is stale.
    Only {
        task: Uuid,
        state: TaskState,
    },
}
