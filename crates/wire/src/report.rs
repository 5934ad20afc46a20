//! What a worker reports about a task that it holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Json, LogLine, NewOutcome, NewTask};

/// Extends a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
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

/// The lease after a heartbeat or a progress report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaseExtended {
    /// When the lease now ends, by the database's clock.
    pub lease_expires_at: DateTime<Utc>,
}

/// Reports how far a task is, and extends its lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportProgress {
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// Units done, 0 or more.
    #[serde(serialize_with = "crate::number::plain")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub current: f64,
    /// Units in all; default null, unknown.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub total: Option<f64>,
    /// A line for people, up to 4 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub message: Option<String>,
    /// What the next attempt shall get: any JSON value, up to 64 KiB; left out: as before, null: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::json::given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub checkpoint: Option<Json>,
}

/// Reports that a task is done, and what it led to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// Any JSON value, up to 256 KiB, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub result: Option<Json>,
    /// Up to 32 numbers to store with the attempt: `cpu_seconds`, `max_rss_bytes`, anything.
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

/// Tasks for one job of the same pipeline.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddToJob {
    /// The key of the job.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub job: String,
    /// The tasks, in the order in which they wait; up to 10,000 a call.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 10_000))]
    pub tasks: Vec<NewTask>,
    /// Whether to seal the job after that, default false.
    #[serde(default)]
    pub seal: bool,
}

/// Reports that an attempt failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Fail {
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

/// Why an attempt failed, as its worker puts it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportedError {
    /// The kind of failure, `[a-z0-9_.]{1,64}`; the well-known ones: `system_error`, `timeout`,
    /// `lease_expired`, `resource_exhaustion`, `configuration_error`, `dependency_failure`,
    /// `validation_error`, `data_error`, `network_error`, `api_rate_limited`, `service_unavailable`,
    /// `authentication_failed`, `permission_error`, `quota_exceeded`, `unknown`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9_.]{1,64}$", examples("network_error")))]
    pub category: String,
    /// What happened, for people, up to 4 KiB.
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub message: String,
    /// Any JSON value, up to 64 KiB, default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub detail: Option<Json>,
}

/// Whether and when a failed attempt is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryDirective {
    /// As the job's policy says.
    #[default]
    Auto,
    /// Not at all.
    Never,
    /// After this many seconds, 0 to 30 days, whatever the category; never beyond `max_attempts`.
    AfterSeconds(#[serde(serialize_with = "crate::number::plain")] f64),
}

/// Releases a task; the attempt is not counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The proof of the lease.
    pub lease_token: Uuid,
    /// Seconds before anybody may take it again, 0 to 30 days, default 0.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 2_592_000))]
    pub delay_seconds: Option<f64>,
    /// What the next attempt shall get: any JSON value, up to 64 KiB; left out: as before, null: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::json::given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Json))]
    pub checkpoint: Option<Json>,
    /// Its last lines of log, oldest first, up to 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<LogLine>>, nullable = false, max_items = 1000))]
    pub lines: Vec<LogLine>,
}

#[cfg(test)]
mod tests {
    use super::RetryDirective;

    #[test]
    fn a_directive_is_a_word_or_a_delay() {
        for (directive, json) in [
            (RetryDirective::Auto, r#""auto""#),
            (RetryDirective::Never, r#""never""#),
            (RetryDirective::AfterSeconds(5.0), r#"{"after_seconds":5}"#),
        ] {
            assert_eq!(serde_json::to_string(&directive).unwrap(), json);
            assert_eq!(serde_json::from_str::<RetryDirective>(json).unwrap(), directive);
        }
    }
}
