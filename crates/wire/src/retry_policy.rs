//! When a failed attempt is tried again.

use serde::{Deserialize, Serialize};

/// The retry policy of a job, complete.
///
/// The delay after attempt n is `initial_delay_seconds × factor^(n−1)`, at most `max_delay_seconds`, then
/// moved up or down by a random share of at most `jitter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetryPolicy {
    /// Attempts in all, 1 to 1,000.
    pub max_attempts: u32,
    /// Seconds before the second attempt.
    #[serde(serialize_with = "crate::number::plain")]
    pub initial_delay_seconds: f64,
    /// What each further delay is multiplied by.
    #[serde(serialize_with = "crate::number::plain")]
    pub factor: f64,
    /// The longest delay, in seconds.
    #[serde(serialize_with = "crate::number::plain")]
    pub max_delay_seconds: f64,
    /// The share by which a delay is moved at random, 0 to 1.
    #[serde(serialize_with = "crate::number::plain")]
    pub jitter: f64,
    /// Categories after which no further attempt is made.
    pub non_retryable: Vec<String>,
}

/// The retry policy of a new job; what is left out takes its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRetryPolicy {
    /// Attempts in all, 1 to 1,000, default 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 1000))]
    pub max_attempts: Option<u32>,
    /// Seconds before the second attempt, 0 to 30 days, default 1; 0 is at once.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 2_592_000))]
    pub initial_delay_seconds: Option<f64>,
    /// What each further delay is multiplied by, 1 to 100, default 2.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 100))]
    pub factor: Option<f64>,
    /// The longest delay in seconds, 0 to 30 days, default 300.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 2_592_000))]
    pub max_delay_seconds: Option<f64>,
    /// The share by which a delay is moved at random, 0 to 1, default 0.2.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 1))]
    pub jitter: Option<f64>,
    /// Categories after which no further attempt is made; default `validation_error`, `data_error`,
    /// `configuration_error`, `authentication_failed`, `permission_error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, pattern = "^[a-z0-9_.]{1,64}$"))]
    pub non_retryable: Option<Vec<String>>,
}
