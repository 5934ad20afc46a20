//! The audit trail: one event per change of a state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One change of a state, or one by people beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Opaque, ordered: a reader that follows ids misses no event.
    pub id: String,
    /// When the change was made, by the database's clock.
    pub at: DateTime<Utc>,
    /// Whose state changed.
    pub entity: Entity,
    /// The pipeline, or the one that the job or task belongs to; null for events of
    /// anything else.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub pipeline_id: Option<Uuid>,
    /// The job, or the one that the task belongs to; null for events of anything else.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub job_id: Option<Uuid>,
    /// The task; null for events of a pipeline or job.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub task_id: Option<Uuid>,
    /// The state before; null at the creation.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub from: Option<String>,
    /// The state after; the same as `from` where `flag` is set. A queue has no states: both are `open`. Of a template it is what happened:
    /// `created` (a version was made) or `deleted`; of a key, a schedule or a webhook likewise, and of outcomes `removed`.
    pub to: String,
    /// What changed beside the state.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub flag: Option<Flag>,
    /// Why, as the caller or the server put it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// The number of the task's attempt; null for events of a pipeline or job.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub attempt: Option<u32>,
    /// The worker that reported; null when none was concerned.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub worker_id: Option<String>,
    /// Who made the change: a caller, a worker, or a part of the server.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub actor: Option<String>,
    /// The pipeline's correlation id.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub correlation_id: Option<String>,
    /// The type of the job, of the task's job, or of the queue; null for events of a pipeline.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub r#type: Option<String>,
    /// The name of the caller's key; null where none was needed, and for what the server did itself.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub caller: Option<String>,
    /// The id of that key; null for the bootstrap key as well.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub caller_id: Option<Uuid>,
    /// How the person is called who made the change at the dashboard; absent where they did not say, or it was made otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub caller_name: Option<String>,
    /// The key that it is about; null for events of anything else.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub key_id: Option<Uuid>,
    /// The name of the schedule that it is about; null for events of anything else.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub schedule: Option<String>,
    /// The template; null for events of anything else.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub template: Option<String>,
    /// The webhook that it is about; null for events of anything else.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub webhook_id: Option<Uuid>,
}

/// How far a job is, as a stream of events with `progress=true` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobProgress {
    /// The pipeline of the job.
    pub pipeline_id: Uuid,
    /// The job.
    pub job_id: Uuid,
    /// 0 to 100, as in the job's own `progress`.
    #[serde(serialize_with = "crate::number::plain")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, examples(42.5)))]
    pub percent: f64,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A pipeline.
    Pipeline,
    /// A job.
    Job,
    /// A task.
    Task,
    /// The queue of a type.
    Queue,
    /// A key.
    Key,
    /// A schedule, or one of its runs.
    Schedule,
    /// A template.
    Template,
    /// Outcomes of a subject, which is not named.
    Outcome,
    /// A webhook.
    Webhook,
}

/// What changed beside the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Nothing below is dequeued from now on.
    Paused,
    /// The pause is over.
    Resumed,
    /// Somebody said that nothing more will be added.
    Sealed,
    /// The priority of a pipeline changed.
    Priority,
    /// The metadata of a pipeline changed.
    Metadata,
    /// The deadline of a pipeline changed.
    Deadline,
    /// A pipeline is being cancelled: jobs that clean up end first.
    Cancelling,
    /// How many tasks of a queue may run at once changed.
    MaxRunning,
    /// A pipeline was deleted.
    Deleted,
}

/// One page of events, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventPage {
    /// The events; none means nothing new yet.
    pub items: Vec<Event>,
    /// Where to read on, now or later; never null.
    pub next_cursor: String,
}
