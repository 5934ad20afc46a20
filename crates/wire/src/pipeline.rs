//! Pipelines: DAGs of jobs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{JobInPipeline, Json, MadeFrom, NewJob, Priority, Progress};

/// The state of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PipelineState {
    /// Nothing of it has been leased and no job has ended.
    Pending,
    /// Something of it has been leased, or a job has ended.
    Running,
    /// Ended: every job succeeded or was a branch not taken.
    Succeeded,
    /// Ended: some jobs succeeded or failed, and not all that should have run did.
    Partial,
    /// Ended: a job failed that was not allowed to.
    Failed,
    /// Ended: somebody cancelled it, or nothing of it ran.
    Cancelled,
}

impl PipelineState {
    /// Whether nothing more happens unless somebody retries.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// A pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pipeline {
    /// `UUIDv7`, made by the server.
    pub id: Uuid,
    /// What its creator called it; not unique.
    pub name: String,
    /// Its present state.
    pub state: PipelineState,
    /// Whether nothing of it is dequeued.
    pub paused: bool,
    /// Whether no more jobs will be added.
    pub sealed: bool,
    /// Whether it is being cancelled: it will be `cancelled` when the jobs that clean up have ended.
    pub cancelling: bool,
    /// Whose tasks are dequeued first.
    pub priority: Priority,
    /// Ties it to what else belongs together.
    pub correlation_id: String,
    /// An object of the producer's own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub metadata: Json,
    /// Whether the first failed job ends the others.
    pub fail_fast: bool,
    /// Why it is in its state, where there is something to say.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// The mean over its jobs, weighted by tasks; lists count ended tasks only.
    pub progress: Progress,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its first task was leased or its first job ended; null until then.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; null until then.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ended_at: Option<DateTime<Utc>>,
    /// When it is cancelled, with clean-up, if it has not ended; null: never.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub deadline_at: Option<DateTime<Utc>>,
    /// The W3C trace context of the request that created it; null when that had none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub traceparent: Option<String>,
    /// The vendors' part of the trace context; null when the request had none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub tracestate: Option<String>,
    /// The schedule that made it, by its name; null: none did.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub schedule: Option<String>,
    /// The template that it was made from; null when none was.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub template: Option<MadeFrom>,
    /// The parameters as they were used, defaults filled in; null without template.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<BTreeMap<String, Json>>))]
    pub parameters: Option<Json>,
    /// Why it does not go on, in one sentence for people; null where it does, or has ended. Only where it is asked for by itself: left out
    /// (`None`) in lists, and in what creates and verbs answer.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::patch::null_is_a_value"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub waiting_for: Option<Option<String>>,
    /// Its jobs, in the order of the request; left out in lists of pipelines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub jobs: Option<Vec<JobInPipeline>>,
}

/// A pipeline to create, with all its jobs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPipeline {
    /// What to call it, 1 to 200 characters; need not be unique.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, examples("tile-ingest")))]
    pub name: String,
    /// Whose tasks are dequeued first, default `medium`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub priority: Option<Priority>,
    /// Ties it to what else belongs together, 1 to 200 characters; default the request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub correlation_id: Option<String>,
    /// An object of the producer's own, up to 256 KiB, default `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub metadata: Option<Json>,
    /// Whether the first failed job ends the others, default false. Jobs with a `failed`, `finished` or
    /// `always` edge, and what hangs below them, are left to their edges, so clean-up still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub fail_fast: Option<bool>,
    /// Whether it begins paused, default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub paused: Option<bool>,
    /// Whether no more jobs will be added, default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub sealed: Option<bool>,
    /// When it is cancelled, with clean-up, if it has not ended: ahead of now; default never.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::micros_or_null"
    )]
    pub deadline_at: Option<DateTime<Utc>>,
    /// Its jobs, up to 1,000; none only when `sealed` is false.
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub jobs: Vec<NewJob>,
}

impl NewPipeline {
    /// A pipeline of `jobs`, everything else by default.
    pub fn new(name: impl Into<String>, jobs: impl IntoIterator<Item = NewJob>) -> Self {
        Self { name: name.into(), jobs: jobs.into_iter().collect(), ..Self::default() }
    }
}

/// Changes of a pipeline; what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchPipeline {
    /// Whose tasks are dequeued first; counts from the next dequeue on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub priority: Option<Priority>,
    /// A merge patch (RFC 7396) of the metadata, an object; a null member removes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub metadata: Option<Json>,
    /// When it is cancelled, with clean-up, if it has not ended: ahead of now; null (`Some(None)`): never. Only of one that has not
    /// ended.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::patch::null_is_a_value",
        serialize_with = "crate::time::micros_if_set"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DateTime<Utc>>))]
    pub deadline_at: Option<Option<DateTime<Utc>>>,
}
