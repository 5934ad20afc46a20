//! Instants as Jobnik's clients read them: UTC with milliseconds.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

/// Writes an instant cut to milliseconds.
pub(super) fn millis<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The same of a field that is left out where it is `None`.
#[expect(clippy::ref_option, reason = "the signature that serde's serialize_with asks for")]
pub(super) fn millis_if_set<S: Serializer>(
    instant: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => millis(instant, serializer),
        None => serializer.serialize_none(),
    }
}
