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

/// Which tasks of the jobs asked for come back; of jobs that were skipped because of them, all do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tasks {
    Unsuccessful,
    All,
    /// One, which had ended like this; the job's others stay as they are, and none of them is stale.
    Only {
        task: Uuid,
        state: TaskState,
    },
}
