//! Which reports came late: refused, because their token is no longer current.

use uuid::Uuid;
use windlass_domain::{Limits, Verb};
use windlass_wire::Code;

use super::batch::Outcome;
use crate::app::App;
use crate::engine::keep_late_report;
use crate::http::Problem;
use crate::http::body::Body;
use crate::input::Document;

/// Stores a report on this task if it came late.
pub(super) async fn keep_if_late<T>(
    app: &App,
    verb: Verb,
    id: Uuid,
    body: &Body,
    answer: &Result<T, Problem>,
) {
    if is_late(answer) {
        let report = body.document().ok().map(Document::as_str);
        keep_late_report(app.own_store(), verb, Some(id), report).await;
    }
}

/// Stores those of a batch that came late.
pub(super) async fn keep_late<T>(app: &App, verb: Verb, body: &Body, outcomes: &[Outcome<T>]) {
    if !outcomes.iter().any(|(_, outcome)| is_late(outcome)) {
        return;
    }
    let reports = items(body);
    for (index, (id, outcome)) in outcomes.iter().enumerate() {
        if is_late(outcome) {
            keep_late_report(app.own_store(), verb, *id, reports.get(index).copied()).await;
        }
    }
}

fn is_late<T>(answer: &Result<T, Problem>) -> bool {
    answer.as_ref().is_err_and(|problem| problem.is(Code::LeaseLost))
}

/// The reports of a batch.
fn items(body: &Body) -> Vec<&str> {
    body.document().map(|document| document.items("tasks", Limits::BATCH)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reports_of_a_batch_are_in_their_order() {
        let body = Body::of(br#"{"x": 1, "tasks": [ {"a": 1}, {"b": [2]} ]}"#);
        assert_eq!(items(&body), [r#"{"a":1}"#, r#"{"b":[2]}"#]);
        assert_eq!(items(&Body::of(b"[]")), Vec::<&str>::new());
    }
}
