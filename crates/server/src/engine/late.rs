//! Late reports: refused, because their token is no longer current, and stored as evidence beside the task's attempts.
//!
//! What cannot be stored is written to the log; the answer to the report is the same.

use uuid::Uuid;
use windlass_domain::Verb;
use windlass_store::Store;

use crate::{correlation, telemetry};

/// The largest report that is stored: a result or an error with all that may belong to it.
const MOST: usize = 512 * 1024;

/// Counts a report that came late, and stores it as it came if it names a task and a token and is not too large.
pub(crate) async fn keep_late_report(store: &Store, verb: Verb, id: Option<Uuid>, report: Option<&str>) {
    telemetry::count_late_report(verb);
    let (Some(id), Some(report)) = (id, report.filter(|report| report.len() <= MOST)) else { return };
    let Some(token) = token(report) else { return };
    if let Err(error) = store.keep_late_report(id, token, verb, report).await {
        correlation::settle();
        tracing::warn!(%error, task = %id, "cannot store a late report");
    }
}

/// The token of a report that has been read before.
fn token(report: &str) -> Option<Uuid> {
    #[derive(serde::Deserialize)]
    struct Report {
        lease_token: Uuid,
    }
    serde_json::from_str::<Report>(report).ok().map(|report| report.lease_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_report_is_found_if_it_is_one() {
        let report = r#"{"a":1,"lease_token":"00000000-0000-0000-0000-000000000001"}"#;
        assert_eq!(token(report), Some(Uuid::from_u128(1)));
        assert_eq!(token(r#"{"a":1}"#), None);
        assert_eq!(token(r#"{"lease_token":"nonsense"}"#), None);
    }
}
