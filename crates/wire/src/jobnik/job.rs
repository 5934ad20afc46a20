//! Jobs: what `/v1` calls pipelines.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Stage;
use super::time::millis;
use crate::Json;

/// Which jobs' tasks are handed out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Priority {
    VeryHigh,
    High,
    Medium,
    Low,
    VeryLow,
}

/// The status of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobStatus {
    /// None of its tasks was ever dequeued.
    Pending,
    /// One was.
    InProgress,
    /// Nothing of it is handed out.
    Paused,
    /// All its stages are.
    Completed,
    /// A task of it has failed for good.
    Failed,
    /// It was asked for.
    Aborted,
}

/// What a client may make of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SettableJobStatus {
    /// A paused one goes on.
    Pending,
    /// Nothing more of it is handed out; what runs may report.
    Paused,
    /// It ends at once.
    Aborted,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Made by the server.
    pub id: Uuid,
    /// Its status.
    pub status: JobStatus,
    /// How many of a hundred of its stages were completed when one was last.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub percentage: u32,
    /// Its priority.
    pub priority: Priority,
    /// Its name.
    pub name: String,
    /// The trace context that it was made with; zeros where there was none.
    pub traceparent: String,
    /// What it is about.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub data: Json,
    /// When it was made.
    #[serde(serialize_with = "millis")]
    pub creation_time: DateTime<Utc>,
    /// An object of its producer's own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub user_metadata: Json,
    /// When it was last changed.
    #[serde(serialize_with = "millis")]
    pub update_time: DateTime<Utc>,
    /// Left out where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub tracestate: Option<String>,
    /// Its stages in their order; left out unless they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub stages: Option<Vec<Stage>>,
}

/// A job to make.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewJob {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// What it is about: an object of at most 1 MiB.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub data: Json,
    /// MEDIUM where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub priority: Option<Priority>,
    /// An object of the producer's own, of at most 1 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub user_metadata: Option<Json>,
    /// The W3C trace context that it belongs to; that of the call where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, pattern = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
    )]
    pub traceparent: Option<String>,
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub tracestate: Option<String>,
}

/// Another priority.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriorityChange {
    /// The priority.
    pub priority: Priority,
}

/// Another status of a job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobStatusChange {
    /// The status.
    pub status: SettableJobStatus,
}
