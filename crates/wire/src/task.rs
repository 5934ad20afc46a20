//! Tasks: what one worker leases.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Json;

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Its job waits for its dependencies.
    Pending,
    /// Its `run_at` is ahead: a delay or a retry.
    Scheduled,
    /// It may be dequeued.
    Queued,
    /// A worker holds a lease on it.
    Running,
    /// Ended: a worker completed it.
    Succeeded,
    /// Ended: its last attempt failed.
    Failed,
    /// Ended: somebody cancelled it, its job or its pipeline.
    Cancelled,
    /// Ended: its job was skipped.
    Skipped,
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// `UUIDv7`, made by the server.
    pub id: Uuid,
    /// The job that it belongs to.
    pub job_id: Uuid,
    /// The pipeline of that job.
    pub pipeline_id: Uuid,
    /// What a worker asks for; the job's.
    pub r#type: String,
    /// Its present state.
    pub state: TaskState,
    /// What to work on, exactly as it was sent.
    pub payload: Json,
    /// An object of the producer's own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub metadata: Json,
    /// The number of the current or last attempt; 0 before the first lease.
    pub attempt: u32,
    /// The total of attempts that it may take.
    pub max_attempts: u32,
    /// The earliest start; null is at once.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub run_at: Option<DateTime<Utc>>,
    /// What its worker last reported; null before the first report.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub progress: Option<TaskProgress>,
    /// What the completing worker gave; null until then.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Json))]
    pub result: Option<Json>,
    /// What its worker left for the next attempt; null if nothing, and once it has succeeded.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, value_type = Json))]
    pub checkpoint: Option<Json>,
    /// The error of its last failed attempt; null while there is none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error: Option<TaskError>,
    /// The worker of the current or last attempt; null before the first lease.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub worker_id: Option<String>,
    /// When the current lease ends, by the database's clock; null unless running.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub lease_expires_at: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When its current or last attempt began; null before the first lease.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; null until then.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ended_at: Option<DateTime<Utc>>,
}

/// How far a task is, in units of its worker's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskProgress {
    /// Units done, 0 or more.
    #[serde(serialize_with = "crate::number::plain")]
    pub current: f64,
    /// Units in all; null when unknown.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub total: Option<f64>,
    /// A line for people.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub message: Option<String>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskError {
    /// The kind of failure, `[a-z0-9_.]{1,64}`; retry policies decide by it.
    #[cfg_attr(feature = "openapi", schema(examples("network_error")))]
    pub category: String,
    /// What happened, for people.
    pub message: String,
    /// Anything of the worker's own; null when it gave none.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Json))]
    pub detail: Option<Json>,
}

/// A task to add to a job.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// What to work on: any JSON value, up to 256 KiB, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub payload: Option<Json>,
    /// An object of the producer's own, up to 256 KiB, default `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub metadata: Option<Json>,
    /// The earliest start, default at once.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::micros_or_null"
    )]
    pub run_at: Option<DateTime<Utc>>,
}

impl NewTask {
    /// A task with `payload`, to start at once.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    pub fn of<T: Serialize + ?Sized>(payload: &T) -> serde_json::Result<Self> {
        Ok(Self { payload: Some(Json::of(payload)?), ..Self::default() })
    }
}

/// Tasks to add to an unsealed job.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddTasks {
    /// The tasks, in the order in which they wait; up to 10,000.
    #[cfg_attr(feature = "openapi", schema(max_items = 10_000))]
    pub tasks: Vec<NewTask>,
}

/// The tasks that were added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddedTasks {
    /// Their ids, in the order of the request.
    pub ids: Vec<Uuid>,
}

/// The result of one succeeded task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultItem {
    /// The task.
    pub task_id: Uuid,
    /// What its worker gave, exactly; null when it gave none.
    pub result: Json,
}
