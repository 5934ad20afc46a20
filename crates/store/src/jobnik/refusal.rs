//! Why something is refused, in the words of Jobnik's states.

use windlass_domain::{JobnikJobStatus, JobnikStageStatus};

/// What is refused by a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobnikRefusal {
    /// There is no such job.
    NoJob,
    /// There is no such stage.
    NoStage,
    /// There is no such task.
    NoTask,
    /// The job does not become this from what it is.
    Job {
        /// What it is.
        from: JobnikJobStatus,
        /// What was asked for, a word of a job or of a task.
        to: &'static str,
    },
    /// The stage does not become this from what it is.
    Stage {
        /// What it is.
        from: JobnikStageStatus,
        /// What was asked for.
        to: &'static str,
    },
    /// The stage before is not completed.
    PreviousStage,
    /// The job has ended, and takes no more stages.
    JobHasEnded,
    /// The job has not ended.
    JobGoesOn,
    /// The stage has begun, and takes no more tasks.
    StageHasBegun,
    /// The stage or its job has ended, and it takes no more tasks.
    StageHasEnded,
}
