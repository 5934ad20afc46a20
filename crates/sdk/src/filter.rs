//! What lists are narrowed by; every field that is `None` narrows nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;
use windlass_wire::{Entity, JobState, LogLevel, PipelineState, Priority, TaskState};

/// Narrows a list of pipelines.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PipelineFilter {
    /// In this state.
    pub state: Option<PipelineState>,
    /// Of exactly this name.
    pub name: Option<String>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// With this correlation id.
    pub correlation_id: Option<String>,
    /// Made by this schedule.
    pub schedule: Option<String>,
    /// Created at this instant or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Created before this instant.
    pub created_before: Option<DateTime<Utc>>,
    /// Made from the template of this name.
    pub template: Option<String>,
    /// With exactly these texts as top-level members of its metadata, at most 5.
    #[serde(flatten, serialize_with = "as_parameters")]
    pub metadata: BTreeMap<String, String>,
    /// Rows a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Narrows the log of a task.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LogFilter {
    /// Of the attempts with this number.
    pub attempt: Option<u32>,
    /// As grave as this, or graver.
    pub level: Option<LogLevel>,
    /// Lines a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Narrows a list of jobs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JobFilter {
    /// Of this pipeline.
    pub pipeline_id: Option<Uuid>,
    /// Of this type.
    pub r#type: Option<String>,
    /// In this state.
    pub state: Option<JobState>,
    /// Rows a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Narrows a list of tasks.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TaskFilter {
    /// Of this job.
    pub job_id: Option<Uuid>,
    /// Of this pipeline.
    pub pipeline_id: Option<Uuid>,
    /// Of this type.
    pub r#type: Option<String>,
    /// In this state. Over all jobs, running ones come with the longest first, failed ones with the newest failure first.
    pub state: Option<TaskState>,
    /// Ended by an error of this category: of failed ones over all jobs.
    pub category: Option<String>,
    /// Created at this instant or later: of failed ones over all jobs.
    pub created_after: Option<DateTime<Utc>>,
    /// Run by this worker, or when they failed: of running and failed ones over all jobs.
    pub worker_id: Option<String>,
    /// Rows a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Narrows a list of keys.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeyFilter {
    /// Of exactly this name.
    pub name: Option<String>,
    /// Rows a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Narrows a list of outcomes; of subject, pipeline, job and task one has to be there.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OutcomeFilter {
    /// Of exactly this subject.
    pub subject: Option<String>,
    /// Of exactly this kind, which may be empty.
    pub kind: Option<String>,
    /// With this disposition.
    pub disposition: Option<String>,
    /// Of this pipeline.
    pub pipeline_id: Option<Uuid>,
    /// Of this job.
    pub job_id: Option<Uuid>,
    /// Of this task.
    pub task_id: Option<Uuid>,
    /// Only the newest of each subject and kind; the disposition is applied to what results.
    pub current: Option<bool>,
    /// Rows a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Narrows the audit trail.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventFilter {
    /// Of this pipeline, its jobs and its tasks.
    pub pipeline_id: Option<Uuid>,
    /// Of this job and its tasks.
    pub job_id: Option<Uuid>,
    /// Of this task.
    pub task_id: Option<Uuid>,
    /// Of what this is: those that tell of its own state or flag.
    pub entity: Option<Entity>,
    /// To this state.
    pub to: Option<String>,
    /// Of jobs of this type and their tasks, and of its queue.
    pub r#type: Option<String>,
    /// Of this schedule.
    pub schedule: Option<String>,
    /// Of the template of this name.
    pub template: Option<String>,
    /// Events a page, 1 to 500; the server's default is 50.
    pub limit: Option<u32>,
}

/// Each member as the parameter `metadata.KEY`.
fn as_parameters<S: Serializer>(texts: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(texts.iter().map(|(key, text)| (format!("metadata.{key}"), text)))
}
