//! What the reports of a worker have in common: how many are sent, and how what became of each is shown.

use windlass_store::{Report, Task};
use windlass_wire as wire;

use super::batch::{Outcome, send};
use crate::app::App;
use crate::http::Problem;
use crate::input::report::Item;
use crate::view;

/// Sends the reports of a batch that could be read; of the others those of tasks that do not exist are answered so.
///
/// # Errors
/// When the batch as a whole could not be done.
pub(super) async fn report_all<T: Into<Report>>(
    app: &App,
    items: Vec<Item<T>>,
) -> Result<Vec<Outcome<Task>>, Problem> {
    let submit = |batch: Vec<T>| app.engine().reports.report_all(batch.into_iter().map(Into::into).collect());
    send(app.below_tasks(items).await?, submit).await
}

/// What became of one item of a batch.
pub(super) fn result((id, outcome): Outcome<Task>) -> wire::ReportResult {
    let (task, problem) = match outcome {
        Ok(done) => (Some(view::task(done)), None),
        Err(problem) => (None, Some(problem.into_wire())),
    };
    wire::ReportResult { id, task, problem }
}
