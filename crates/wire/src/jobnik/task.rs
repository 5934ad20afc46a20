//! Tasks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::{millis, millis_if_set};
use crate::Json;

/// The status of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskStatus {
    /// It waits.
    Pending,
    /// A worker has it.
    InProgress,
    /// It was reported so.
    Completed,
    /// Its last attempt failed, or it was cancelled by `/v1`.
    Failed,
    /// An attempt failed, and it waits for the next one.
    Retried,
}

/// What a worker reports of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SettableTaskStatus {
    /// It is done.
    Completed,
    /// The attempt failed: RETRIED while attempts remain.
    Failed,
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Made by the server.
    pub id: Uuid,
    /// Its status.
    pub status: TaskStatus,
    /// The stage that it belongs to.
    pub stage_id: Uuid,
    /// Attempts that have failed.
    pub attempts: u32,
    /// Attempts that it may take.
    pub max_attempts: u32,
    /// The trace context that it was made with; zeros where there was none.
    pub traceparent: String,
    /// What to work on.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub data: Json,
    /// An object of its producer's own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub user_metadata: Json,
    /// When it was last changed.
    #[serde(serialize_with = "millis")]
    pub update_time: DateTime<Utc>,
    /// When it was added.
    #[serde(serialize_with = "millis")]
    pub creation_time: DateTime<Utc>,
    /// Left out where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub tracestate: Option<String>,
    /// When it was last dequeued; left out before.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "millis_if_set")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended; left out before.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "millis_if_set")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub end_time: Option<DateTime<Utc>>,
}

/// A task to add.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTask {
    /// What to work on: an object of at most 1 MiB.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub data: Json,
    /// An object of the producer's own, of at most 1 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub user_metadata: Option<Json>,
    /// Attempts that it may take; 1 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 2_147_483_647))]
    pub max_attempts: Option<u32>,
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

/// What became of a task.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskStatusChange {
    /// The status.
    pub status: SettableTaskStatus,
}
