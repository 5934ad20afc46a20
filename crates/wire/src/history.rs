//! What the tasks of one type did, minute by minute.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a type did within a minute, over all servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueMinute {
    /// The beginning of the minute.
    pub at: DateTime<Utc>,
    /// Tasks that waited in open jobs when it was last looked in the minute.
    pub queued: u64,
    /// Tasks that were leased then.
    pub running: u64,
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed, whether or not they were tried again.
    pub failed: u64,
    /// Seconds that half of the tasks which were leased had waited at the most, as exact as a bucket that ends at twice its
    /// beginning; null where none was.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub wait_p50_seconds: Option<f64>,
    /// The same of 95 of 100 of them.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub wait_p95_seconds: Option<f64>,
    /// Seconds that half of the attempts which succeeded or failed had run at the most; null where none did.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub run_p50_seconds: Option<f64>,
    /// The same of 95 of 100 of them.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub run_p95_seconds: Option<f64>,
}
