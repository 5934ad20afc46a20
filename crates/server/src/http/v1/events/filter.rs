//! Which events of the audit a reader wants: the same parameters for the list and the stream.

use serde::Deserialize;
use serde::de::{DeserializeOwned, value};
use uuid::Uuid;
use windlass_domain::{ScheduleName, TemplateName, TypeName};
use windlass_store::EventFilter;
use windlass_wire as wire;

use crate::http::query::Parameters;

/// Which events to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(crate) struct EventFilterParameters {
    /// Only those of this pipeline, its jobs and its tasks.
    pipeline_id: Option<Uuid>,
    /// Only those of this job and its tasks.
    job_id: Option<Uuid>,
    /// Only those of this task.
    task_id: Option<Uuid>,
    /// Only those whose own state or flag this is.
    entity: Option<wire::Entity>,
    /// Only those to this state: one of a pipeline, job or task, or `open`, the one of a queue, or what
    /// became of a key, a template, a schedule, a webhook or outcomes.
    #[param(inline)]
    to: Option<EventState>,
    /// Only those of jobs of this type and their tasks, and of its queue.
    #[param(min_length = 1, max_length = 100)]
    r#type: Option<String>,
    /// Only those of the schedule of this name.
    #[param(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9._-]{1,100}$")]
    schedule: Option<String>,
    /// Only those of the template of this name.
    #[param(pattern = "^[A-Za-z0-9._-]{1,100}$")]
    template: Option<String>,
}

/// A state that an event leads to.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum EventState {
    Pending,
    Scheduled,
    Queued,
    Running,
    Succeeded,
    Partial,
    Failed,
    Cancelled,
    Skipped,
    Open,
    Created,
    Rotated,
    Revoked,
    Deleted,
    Missed,
    Paused,
    Resumed,
    Removed,
    Changed,
}

/// Reads them.
pub(super) fn read(query: &mut Parameters) -> EventFilter {
    EventFilter {
        pipeline_id: query.uuid("pipeline_id"),
        job_id: query.uuid("job_id"),
        task_id: query.uuid("task_id"),
        entity: query.word("entity", known::<wire::Entity>),
        to: query.word("to", known::<EventState>),
        type_name: query.text("type", TypeName::parse).map(TypeName::into_string),
        schedule: query.text("schedule", ScheduleName::parse).map(ScheduleName::into_string),
        template: query.text("template", TemplateName::parse).map(TemplateName::into_string),
    }
}

/// The word, if `T` has it.
fn known<T: DeserializeOwned>(word: &str) -> Option<String> {
    T::deserialize(value::StrDeserializer::<value::Error>::new(word)).ok().map(|_| word.to_owned())
}

#[cfg(test)]
mod tests {
    use windlass_domain::{JobState, PipelineState, TaskState};

    use super::*;

    #[test]
    fn every_state_of_a_pipeline_job_or_task_is_known() {
        let words = PipelineState::ALL.map(PipelineState::as_str).into_iter();
        let words =
            words.chain(JobState::ALL.map(JobState::as_str)).chain(TaskState::ALL.map(TaskState::as_str));
        for word in words.chain([
            "open", "created", "rotated", "revoked", "deleted", "missed", "paused", "resumed", "removed",
            "changed",
        ]) {
            assert_eq!(known::<EventState>(word).as_deref(), Some(word));
        }
        assert_eq!(known::<EventState>("done"), None);
    }
}
