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
    /// Of a pipeline, job, task, queue, key, template, schedule or outcome: that word.
    pub entity: Option<String>,
    /// To this state.
    pub to: Option<String>,
    /// Of the jobs of this type and their tasks, and of its queue.
    pub type_name: Option<String>,
    /// Of this schedule.
    pub schedule: Option<String>,
    /// Of the template of this name.
    pub template: Option<String>,
}

impl EventFilter {
    /// Whether the reader wants this event.
    pub fn takes(&self, event: &Event) -> bool {
        self.pipeline_id.is_none_or(|id| event.pipeline_id == Some(id))
            && self.job_id.is_none_or(|id| event.job_id == Some(id))
            && self.task_id.is_none_or(|id| event.task_id == Some(id))
            && self.entity.as_ref().is_none_or(|entity| event.entity == *entity)
            && self.to.as_ref().is_none_or(|to| event.to == *to)
            && self.type_name.as_ref().is_none_or(|of| event.type_name.as_ref() == Some(of))
            && self.schedule.as_ref().is_none_or(|of| event.schedule.as_ref() == Some(of))
            && self.template.as_ref().is_none_or(|of| event.template.as_ref() == Some(of))
    }

    /// Whether some events of a walk along its index are not wanted.
    pub(super) fn narrows(&self) -> bool {
        let words = [&self.entity, &self.to, &self.type_name, &self.template, &self.schedule];
        words.into_iter().any(Option::is_some)
    }
}
