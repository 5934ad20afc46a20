//! Which outcomes a reader wants.

use uuid::Uuid;

/// Which outcomes a list shows; one of subject, pipeline, job and task is there.
#[derive(Debug, Clone, Default)]
pub struct OutcomeFilter {
    /// Of this subject.
    pub subject: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// With this disposition.
    pub disposition: Option<String>,
    /// Of this pipeline.
    pub pipeline_id: Option<Uuid>,
    /// Of this job.
    pub job_id: Option<Uuid>,
    /// Of this task.
    pub task_id: Option<Uuid>,
    /// Only the newest of each subject and kind, among those that fit but for their disposition.
    pub current: bool,
}
