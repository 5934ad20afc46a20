//! Queues: the waiting tasks of one type, and how many of them may run.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What waits and runs of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// The type, as workers ask for it.
    pub r#type: String,
    /// Whether nothing of this type is handed out.
    pub paused: bool,
    /// The greatest number of tasks running at once, over all replicas; null is no limit.
    #[cfg_attr(feature = "openapi", schema(required, maximum = 2_147_483_647))]
    pub max_running: Option<u32>,
    /// Tasks that wait in open jobs, paused or not.
    pub queued: u64,
    /// Tasks whose `run_at` is ahead.
    pub scheduled: u64,
    /// Tasks that are leased.
    pub running: u64,
    /// Seconds that the first task in line has waited, the greatest over the five priorities, in jobs
    /// that may be dequeued; null when nothing waits.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub oldest_queued_seconds: Option<f64>,
    /// Workers that asked for the type in the last 5 minutes, exact to 10 seconds. (0 of servers that do not count them.)
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub workers: u64,
    /// Why it is paused, where somebody said so; null while it is not.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub reason: Option<String>,
    /// Who paused it; null while it is not paused.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub paused_by: Option<String>,
    /// Since when it is paused; null while it is not.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub paused_at: Option<DateTime<Utc>>,
}

/// Changes of a queue; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchQueue {
    /// Whether to stop handing out tasks of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub paused: Option<bool>,
    /// The greatest number of tasks running at once: 0 to 2³¹−1, 0 hands out nothing, null (`Some(None)`)
    /// lifts the limit.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::patch::null_is_a_value"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, maximum = 2_147_483_647))]
    pub max_running: Option<Option<u32>>,
    /// Why, for the audit trail, 1 to 1,000 characters; shown while the queue is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::PatchQueue;

    #[test]
    fn a_null_limit_differs_from_an_absent_one() {
        let lifted: PatchQueue = serde_json::from_str(r#"{"max_running":null}"#).unwrap();
        assert_eq!(lifted.max_running, Some(None));
        assert_eq!(serde_json::to_string(&lifted).unwrap(), r#"{"max_running":null}"#);
        let unchanged: PatchQueue = serde_json::from_str("{}").unwrap();
        assert_eq!(unchanged.max_running, None);
        assert_eq!(serde_json::to_string(&unchanged).unwrap(), "{}");
    }
}
