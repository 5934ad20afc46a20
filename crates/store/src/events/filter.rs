//! Which events a reader wants. Pages walk by it, and readers of the end of the audit filter by it.

use uuid::Uuid;

use crate::view::Event;

/// Which events a reader wants: those that fit every condition that is set.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Of this pipeline and all below it.
    pub pipeline_id: Option<Uuid>,
    /// Of this job and its tasks.
    pub job_id: Option<Uuid>,
    /// Of this task.
    pub task_id: Option<Uuid>,
}

impl EventFilter {
    /// Whether the reader wants this event.
    pub fn takes(&self, event: &Event) -> bool {
        self.pipeline_id.is_none_or(|id| event.pipeline_id == Some(id))
            && self.job_id.is_none_or(|id| event.job_id == Some(id))
            && self.task_id.is_none_or(|id| event.task_id == Some(id))
    }
}
