//! Stages: what `/v1` calls jobs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Task;
use crate::Json;

/// The status of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StageStatus {
    /// It waits for the stage before.
    Created,
    /// It waits to be let go.
    Waiting,
    /// Its tasks may be dequeued, and none was.
    Pending,
    /// One was.
    InProgress,
    /// All its tasks are.
    Completed,
    /// A task of it has failed for good.
    Failed,
    /// It was skipped or cancelled by itself, by `/v1`.
    Aborted,
}

/// What a client may make of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SettableStageStatus {
    /// A waiting one is let go.
    Pending,
}

/// How many tasks of a stage are in which status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub struct Summary {
    pub total: u64,
    pub failed: u64,
    /// Always 0: no task is ever only created.
    pub created: u64,
    pub pending: u64,
    pub retried: u64,
    pub completed: u64,
    pub in_progress: u64,
}

/// A stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Made by the server.
    pub id: Uuid,
    /// The job that it belongs to.
    pub job_id: Uuid,
    /// Its place within its job, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub order: u32,
    /// How many of a hundred of its tasks are completed.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub percentage: u32,
    /// Its tasks by status.
    pub summary: Summary,
    /// Its status.
    pub status: StageStatus,
    /// What workers ask for.
    pub r#type: String,
    /// The trace context that it was made with; zeros where there was none.
    pub traceparent: String,
    /// What it is about.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub data: Json,
    /// An object of its producer's own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub user_metadata: Json,
    /// Its tasks in the order in which they were added; left out unless they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub tasks: Option<Vec<Task>>,
    /// Left out where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub tracestate: Option<String>,
}

/// A stage to add behind all others of its job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStage {
    /// What workers ask for: any text.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 50))]
    pub r#type: String,
    /// What it is about: an object of at most 1 MiB.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub data: Json,
    /// An object of the producer's own, of at most 1 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub user_metadata: Option<Json>,
    /// Whether it waits until its status is set to PENDING; false where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub start_as_waiting: Option<bool>,
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

/// Another status of a stage.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StageStatusChange {
    /// The status.
    pub status: SettableStageStatus,
}
