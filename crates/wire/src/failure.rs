//! What failed: the errors of a job.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An error that ended tasks of a job for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobError {
    /// Its category; null: all errors beyond the first 200 of the job.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub category: Option<String>,
    /// The newest message. Messages that differ only in numbers, hexadecimal digits and UUIDs are one error. Null where `category` is.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub message: Option<String>,
    /// How often it ended a task, retries by hand included.
    pub count: u64,
    /// When it did last.
    pub newest_at: DateTime<Utc>,
    /// The task that it ended last.
    pub task_id: Uuid,
}
