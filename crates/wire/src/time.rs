//! Instants as clients send them: no finer than the server stores.

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Serialize, Serializer};

/// Writes an instant cut to microseconds, or `null`; a clock's nanoseconds would not come back the same.
#[expect(clippy::ref_option, reason = "the signature that serde's serialize_with asks for")]
pub(crate) fn micros_or_null<S: Serializer>(
    instant: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    instant.map(|instant| instant.trunc_subsecs(6)).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use crate::NewTask;

    #[test]
    fn a_request_never_carries_nanoseconds() {
        let task =
            NewTask { run_at: Some("2026-11-22T20:00:00.123456789Z".parse().unwrap()), ..NewTask::default() };
        assert_eq!(serde_json::to_string(&task).unwrap(), r#"{"run_at":"2026-11-22T20:00:00.123456Z"}"#);
    }
}
