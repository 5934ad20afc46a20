//! Attempts: the history of a task's leases.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Json, TaskError};

/// One lease of a task, and how it ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// 1 for the first; a released attempt is listed with the number that it gave back.
    pub number: u32,
    /// The worker that held the lease.
    pub worker_id: String,
    /// When the lease was granted.
    pub started_at: DateTime<Utc>,
    /// When it ended; for `late`, when the report arrived; null while it runs.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: Outcome,
    /// What failed; null unless the outcome is `failed`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error: Option<TaskError>,
    /// Numbers that the worker measured, by name, at most 32; null when it sent none.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<std::collections::BTreeMap<String, f64>>))]
    pub metrics: Option<Json>,
    /// The body of a `late` report, stored as evidence; null otherwise.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Json))]
    pub detail: Option<Json>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not ended.
    Running,
    /// The worker completed the task.
    Succeeded,
    /// The worker failed the task, or the lease or the timeout ended it.
    Failed,
    /// The worker gave the task back; the attempt is not counted.
    Released,
    /// The task was cancelled under the worker.
    Cancelled,
    /// Not an attempt of its own: a report whose token was once real and no longer current.
    Late,
}
