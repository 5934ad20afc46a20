//! Many items in one call: reports on tasks, and jobs to create.
//!
//! The items repeat the fields of the single forms: serde cannot flatten fields of raw text.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AddToJob, Job, Json, LogLine, NewOutcome, NewStandaloneJob, Problem, ReportedError, RetryDirective, Task,
};

/// Up to 1,000 items, each judged on its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Batch<T> {
    /// The items, up to 1,000.
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub tasks: Vec<T>,
}

/// Up to 1,000 jobs to create, each judged on its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateJobs {
    /// The jobs, up to 1,000.
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub jobs: Vec<NewStandaloneJob>,
}

/// What became of one job to create: the job, or a problem.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateJobResult {
    /// The job; left out when there is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub job: Option<Job>,
    /// Why it was not created; left out when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub problem: Option<Problem>,
}

/// The answers to a batch, in the order asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchResults<T> {
    /// One per item.
    pub results: Vec<T>,
}

/// A [`Heartbeat`](crate::Heartbeat) of one task among many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HeartbeatItem {
    /// The task.
    pub id: Uuid,
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// Seconds that the lease lasts from now on, 1 to 86,400; default its present length.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86_400))]
    pub lease_seconds: Option<f64>,
    /// What the next attempt shall get: any JSON value, up to 64 KiB; left out: as before, null: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::json::given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub checkpoint: Option<Json>,
}

/// A [`Complete`](crate::Complete) of one task among many.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CompleteItem {
    /// The task.
    pub id: Uuid,
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// Any JSON value, up to 256 KiB, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub result: Option<Json>,
    /// Up to 32 numbers to store with the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<BTreeMap<String, f64>>,
    /// Tasks to add to unsealed jobs of the same pipeline, in the same transaction; to one that has ended otherwise than
    /// well they are added as ended like it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<AddToJob>>))]
    pub add_tasks: Vec<AddToJob>,
    /// What became of the items that it handled, in the same transaction; up to 10,000 a call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<NewOutcome>>))]
    pub outcomes: Vec<NewOutcome>,
    /// Its last lines of log, oldest first, up to 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<LogLine>>, nullable = false, max_items = 1000))]
    pub lines: Vec<LogLine>,
}

/// A [`Fail`](crate::Fail) of one task among many.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FailItem {
    /// The task.
    pub id: Uuid,
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// What failed.
    pub error: ReportedError,
    /// Whether and when to try again, default `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryDirective>,
    /// Up to 32 numbers to store with the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<BTreeMap<String, f64>>,
    /// What became of the items that it handled, in the same transaction; up to 10,000 a call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<NewOutcome>>))]
    pub outcomes: Vec<NewOutcome>,
    /// What the next attempt shall get: any JSON value, up to 64 KiB; left out: as before, null: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::json::given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub checkpoint: Option<Json>,
    /// Its last lines of log, oldest first, up to 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<LogLine>>, nullable = false, max_items = 1000))]
    pub lines: Vec<LogLine>,
}

/// What became of one completed or failed task: the task, or a problem.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportResult {
    /// The task's id, as it was asked; null when the item had none that could be read.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<Uuid>,
    /// The task after the report; left out when there is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub task: Option<Task>,
    /// Why the item was refused; left out when it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub problem: Option<Problem>,
}

/// What became of one heartbeat: the lease's new end, or a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeartbeatResult {
    /// The task's id, as it was asked; null when the item had none that could be read.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<Uuid>,
    /// When the lease now ends; left out when there is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub lease_expires_at: Option<DateTime<Utc>>,
    /// Why the item was refused; left out when it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub problem: Option<Problem>,
}
