//! Late reports: refused, because their token is no longer current, and stored as evidence beside the task's attempts.
//!
//! What cannot be stored is written to the log; the answer to the report is the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use uuid::Uuid;
use windlass_domain::Verb;
use windlass_store::Store;

use crate::{correlation, telemetry};

/// The largest report that is stored: a result or an error with all that may belong to it.
const MOST: usize = 512 * 1024;
/// What a larger one may do without: it would be longer than all the rest, and says less about what the worker did.
const LEFT_OUT: [&str; 3] = ["lines", "outcomes", "add_tasks"];

/// Counts a report that came late, and stores it if it names a task and a token: as it came, or if that is too large without its lists.
pub(crate) async fn keep_late_report(store: &Store, verb: Verb, id: Option<Uuid>, report: Option<&str>) {
    telemetry::count_late_report(verb);
    let (Some(id), Some(report)) = (id, report.and_then(shortened)) else { return };
    let Some(token) = token(&report) else { return };
    if let Err(error) = store.keep_late_report(id, token, verb, &report).await {
        correlation::settle();
        tracing::warn!(%error, task = %id, "cannot store a late report");
    }
}

/// A report that can be stored; `None`: it is too large also without its lists.
fn shortened(report: &str) -> Option<Cow<'_, str>> {
    if report.len() <= MOST {
        return Some(Cow::Borrowed(report));
    }
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(report).ok()?;
    members.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    let rest = serde_json::to_string(&members).ok()?;
    (rest.len() <= MOST).then_some(Cow::Owned(rest))
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
    fn a_report_that_is_too_large_is_kept_without_its_lists() {
        let long = "x".repeat(MOST);
        assert_eq!(shortened(r#"{"lines": []}"#).as_deref(), Some(r#"{"lines": []}"#));
        let report = format!(r#"{{"result": 1, "lease_token": "t", "outcomes": ["{long}"], "lines": []}}"#);
        assert_eq!(shortened(&report).as_deref(), Some(r#"{"lease_token":"t","result":1}"#));
        assert_eq!(shortened(&format!(r#"{{"result": "{long}"}}"#)), None);
        assert_eq!(shortened(&format!("{long}x")), None);
    }

    #[test]
    fn the_token_of_a_report_is_found_if_it_is_one() {
        let report = r#"{"a":1,"lease_token":"00000000-0000-0000-0000-000000000001"}"#;
        assert_eq!(token(report), Some(Uuid::from_u128(1)));
        assert_eq!(token(r#"{"a":1}"#), None);
        assert_eq!(token(r#"{"lease_token":"nonsense"}"#), None);
    }
}
