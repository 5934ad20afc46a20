//! Outcomes: what became of each item that a task handled.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Json;

/// What became of an item.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOutcome {
    /// The item: whatever text the producer knows it by.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, examples("variant-17")))]
    pub subject: String,
    /// What kind of item it is, or what was done with it; default empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub kind: String,
    /// What became of it; `succeeded`, `failed`, `skipped`, `absent` and `not_applicable` are the usual ones.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_]{1,64}$", examples("succeeded")))]
    pub disposition: String,
    /// Why, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub reason: Option<String>,
    /// The version of the item, or of what handled it, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub version: Option<String>,
    /// Any JSON value, up to 4 KiB, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub detail: Option<Json>,
}

/// Outcomes of a running task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordOutcomes {
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// The outcomes, 1 to 10,000; of two of one subject and kind the later is the newer.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10_000))]
    pub outcomes: Vec<NewOutcome>,
}

/// How many outcomes were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedOutcomes {
    /// All of the call.
    pub accepted: u64,
}

/// How many outcomes were removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemovedOutcomes {
    /// All of the subject; 0 if it had none.
    pub removed: u64,
}

/// What became of an item, as it was recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemOutcome {
    /// `UUIDv7`, made by the server.
    pub id: Uuid,
    /// When it was recorded, by the database's clock.
    pub at: DateTime<Utc>,
    /// The item.
    pub subject: String,
    /// What kind of item it is, or what was done with it; possibly empty.
    pub kind: String,
    /// What became of it.
    pub disposition: String,
    /// Why.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// The version of the item, or of what handled it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub version: Option<String>,
    /// Exactly as it was sent.
    pub detail: Json,
    /// The type of the job.
    pub r#type: String,
    /// The pipeline, which may be gone.
    pub pipeline_id: Uuid,
    /// The job, which may be gone.
    pub job_id: Uuid,
    /// The task, which may be gone.
    pub task_id: Uuid,
    /// The number of the task's attempt.
    pub attempt: u32,
    /// The worker that recorded it.
    pub worker_id: String,
}
