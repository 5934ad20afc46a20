//! Late reports: refused, because their token is no longer current, and kept as evidence beside the task's attempts.
//!
//! Keeping one never changes an answer: what cannot be kept is told to the log.

use uuid::Uuid;
use windlass_domain::Verb;
use windlass_wire::Code;

use super::batch::Outcome;
use crate::app::App;
use crate::http::body::Body;
use crate::http::{Problem, correlation};
use crate::input::Document;
use crate::telemetry;

/// The largest body that is kept: a result or an error with all that may belong to it.
const MOST: usize = 512 * 1024;

/// Keeps a report on this task if it came late.
pub(super) async fn keep_if_late<T>(
    app: &App,
    verb: Verb,
    id: Uuid,
    body: &Body,
    answer: &Result<T, Problem>,
) {
    if is_late(answer) {
        telemetry::count_late_report(verb);
        keep(app, verb, Some(id), body.document().ok().map(Document::as_str)).await;
    }
}

/// Keeps those of a batch that came late.
pub(super) async fn keep_late<T>(app: &App, verb: Verb, body: &Body, outcomes: &[Outcome<T>]) {
    for (index, (id, outcome)) in outcomes.iter().enumerate() {
        if is_late(outcome) {
            telemetry::count_late_report(verb);
            keep(app, verb, *id, item(body, index)).await;
        }
    }
}

fn is_late<T>(answer: &Result<T, Problem>) -> bool {
    answer.as_ref().is_err_and(|problem| problem.is(Code::LeaseLost))
}

async fn keep(app: &App, verb: Verb, id: Option<Uuid>, report: Option<&str>) {
    let (Some(id), Some(report)) = (id, report.filter(|report| report.len() <= MOST)) else { return };
    let Some(token) = token(report) else { return };
    if let Err(error) = app.store().keep_late_report(id, token, verb, report).await {
        correlation::settle();
        tracing::warn!(%error, task = %id, "cannot keep a late report");
    }
}

/// The report of an item of a batch.
fn item(body: &Body, index: usize) -> Option<&str> {
    body.document().ok()?.item("tasks", index)
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
    fn the_report_of_an_item_is_found_by_its_place() {
        let body = Body::of(
            br#"{"x": 1, "tasks": [ {"a": 1}, {"lease_token": "00000000-0000-0000-0000-000000000001"} ]}"#,
        );
        assert_eq!(token(item(&body, 1).unwrap()), Some(Uuid::from_u128(1)));
        assert_eq!(token(item(&body, 0).unwrap()), None);
        assert_eq!(item(&body, 2), None);
    }
}
