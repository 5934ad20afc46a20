//! Which reports came late: refused, because their token is no longer current.

use uuid::Uuid;
use windlass_domain::Verb;
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
        keep_late_report(app.store(), verb, Some(id), report).await;
    }
}

/// Stores those of a batch that came late.
pub(super) async fn keep_late<T>(app: &App, verb: Verb, body: &Body, outcomes: &[Outcome<T>]) {
    for (index, (id, outcome)) in outcomes.iter().enumerate() {
        if is_late(outcome) {
            keep_late_report(app.store(), verb, *id, item(body, index)).await;
        }
    }
}

fn is_late<T>(answer: &Result<T, Problem>) -> bool {
    answer.as_ref().is_err_and(|problem| problem.is(Code::LeaseLost))
}

/// The report of an item of a batch.
fn item(body: &Body, index: usize) -> Option<&str> {
    body.document().ok()?.item("tasks", index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_of_an_item_is_found_by_its_index() {
        let body = Body::of(br#"{"x": 1, "tasks": [ {"a": 1}, {"b": [2]} ]}"#);
        assert_eq!(item(&body, 0), Some(r#"{"a":1}"#));
        assert_eq!(item(&body, 1), Some(r#"{"b":[2]}"#));
        assert_eq!(item(&body, 2), None);
    }
}
