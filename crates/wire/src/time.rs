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

/// As [`micros_or_null`], of a field that is left out where it is `None`.
#[expect(
    clippy::option_option,
    clippy::ref_option,
    reason = "the signature that serde's serialize_with asks for"
)]
pub(crate) fn micros_if_set<S: Serializer>(
    instant: &Option<Option<DateTime<Utc>>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    micros_or_null(&instant.flatten(), serializer)
}

#[cfg(test)]
mod tests {
    use crate::{NewTask, PatchPipeline};

    #[test]
    fn a_request_never_carries_nanoseconds() {
        let task =
            NewTask { run_at: Some("2026-11-22T20:00:00.123456789Z".parse().unwrap()), ..NewTask::default() };
        assert_eq!(serde_json::to_string(&task).unwrap(), r#"{"run_at":"2026-11-22T20:00:00.123456Z"}"#);
        let patch = PatchPipeline { deadline_at: Some(task.run_at), ..PatchPipeline::default() };
        assert_eq!(
            serde_json::to_string(&patch).unwrap(),
            r#"{"deadline_at":"2026-11-22T20:00:00.123456Z"}"#
        );
    }

    #[test]
    fn a_deadline_that_is_cleared_differs_from_one_left_out() {
        for (text, deadline) in [("{}", None), (r#"{"deadline_at":null}"#, Some(None))] {
            let patch: PatchPipeline = serde_json::from_str(text).unwrap();
            assert_eq!(patch.deadline_at, deadline);
            assert_eq!(serde_json::to_string(&patch).unwrap(), text);
        }
    }
}
