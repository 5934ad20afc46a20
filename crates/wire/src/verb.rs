//! The bodies of the verbs: seal, cancel, pause, resume, skip and retry.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why somebody seals, cancels, pauses, resumes or skips; the whole body is optional.
// Python's generator trips over a class that has a field of its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Verb))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// How to cancel a pipeline, and why; the whole body is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelPipeline {
    /// Whether to spare the jobs that have not ended and have a `failed`, `finished` or `always` edge, and what hangs below them; default
    /// false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub clean_up: Option<bool>,
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// What of a pipeline to run again; the whole body is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryPipeline {
    /// How much of it runs again, default `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<RetryScope>,
    /// Its deadline from then on: ahead of now; default none, whatever it had before.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::micros_or_null"
    )]
    pub deadline_at: Option<DateTime<Utc>>,
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// What of a job to run again; the whole body is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryJob {
    /// How much of it runs again, default `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<RetryScope>,
    /// Whether everything below it runs again, too: what runs is cancelled, what was skipped by hand stays. Default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub descendants: Option<bool>,
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// How much a retry runs again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RetryScope {
    /// What failed or was cancelled, and what was skipped because of it.
    #[default]
    Failed,
    /// Every job and task again.
    All,
}
