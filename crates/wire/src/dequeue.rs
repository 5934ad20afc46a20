//! Taking tasks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Json;

/// A worker asking for tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Dequeue {
    /// The types that the worker handles, 1 to 50, each of 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::field_schemas::asked_types))]
    pub types: Vec<String>,
    /// What the worker calls itself, 1 to 200 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, examples("host-1")))]
    pub worker_id: String,
    /// The greatest number of tasks to lease, 1 to 100, default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 100))]
    pub max_tasks: Option<u32>,
    /// Seconds to wait while there is nothing, 0 to 60, default 0.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 60))]
    pub wait_seconds: Option<f64>,
    /// Seconds that the leases last, 1 to 86,400; default null, each job's own.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86_400))]
    pub lease_seconds: Option<f64>,
}

/// What a dequeue gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dequeued {
    /// The leased tasks; none when nothing came within the wait, or the server stops.
    pub tasks: Vec<LeasedTask>,
}

/// A task as its worker gets it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeasedTask {
    /// The task.
    pub id: Uuid,
    /// What the worker asked for.
    pub r#type: String,
    /// The job of the task.
    pub job_id: Uuid,
    /// The key of that job.
    pub job_key: String,
    /// The pipeline of that job.
    pub pipeline_id: Uuid,
    /// The name of that pipeline.
    pub pipeline_name: String,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The total of attempts that the task may take.
    pub max_attempts: u32,
    /// What to work on.
    pub payload: Json,
    /// What the tasks of the job share.
    pub job_payload: Json,
    /// The task's metadata, an object.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub metadata: Json,
    /// What an earlier attempt left for this one; null if nothing.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, value_type = Json))]
    pub checkpoint: Option<Json>,
    /// The proof of the lease, for every report; shown to its holder only.
    pub lease_token: Uuid,
    /// When the lease ends unless it is extended, by the database's clock.
    pub lease_expires_at: DateTime<Utc>,
    /// Seconds that this attempt may take, heartbeats or not; null is no limit.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub timeout_seconds: Option<f64>,
    /// The pipeline's correlation id.
    pub correlation_id: String,
    /// The W3C trace context to carry on; null when the pipeline has none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub traceparent: Option<String>,
    /// The vendors' part of the trace context.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub tracestate: Option<String>,
}
