//! Reports on many tasks in one call: each item fails only by itself.

use uuid::Uuid;
use windlass_store::Error;

use crate::engine;
use crate::http::Problem;
use crate::input::Pointer;

/// What became of one item.
pub(super) type Outcome<R> = (Option<Uuid>, Result<R, Problem>);

/// Sends the reports that are not refused yet as one batch, and answers every outcome at the index of its item.
///
/// # Errors
/// When the batch as a whole could not be done.
pub(super) async fn send<T, R>(
    items: Vec<Outcome<T>>,
    report: impl AsyncFnOnce(Vec<T>) -> Result<Vec<Result<R, Error>>, engine::Error>,
) -> Result<Vec<Outcome<R>>, Problem> {
    let mut reports = Vec::with_capacity(items.len());
    let mut read = Vec::with_capacity(items.len());
    for (id, report) in items {
        read.push((id, report.map(|report| reports.push(report))));
    }
    let results = if reports.is_empty() { Vec::new() } else { report(reports).await? };
    let mut results = results.into_iter();
    let tasks = Pointer::Field(&Pointer::Root, "tasks");
    let outcome = |(index, (id, read)): (usize, (Option<Uuid>, Result<(), Problem>))| {
        let result = read.and_then(|()| {
            let result = results.next().expect("the store answers each item of a batch");
            result.map_err(|error| Problem::of(error, &Pointer::Item(&tasks, index)))
        });
        (id, result)
    };
    Ok(read.into_iter().enumerate().map(outcome).collect())
}

#[cfg(test)]
mod tests {
    use windlass_domain::TaskState;
    use windlass_wire::Code;

    use super::*;
    use crate::input::Document;
    use crate::input::report::read_items;

    fn items(body: &str) -> Vec<Outcome<i64>> {
        let items =
            read_items(&Document::of(body), |report, _| report.required("n", |field| field.integer((0, 9))));
        items.unwrap().into_iter().map(|item| (item.id, item.report.map_err(Problem::from))).collect()
    }

    #[tokio::test]
    async fn outcomes_come_in_the_order_asked() {
        let id = Uuid::now_v7();
        let body = format!(r#"{{"tasks":[{{"id":"{id}","n":1}},{{"id":"{id}"}},{{"id":"{id}","n":3}}]}}"#);
        let outcomes = send(items(&body), async |reports: Vec<i64>| {
            assert_eq!(reports, [1, 3]);
            Ok(vec![Ok("first"), Err(Error::LeaseLost { task_state: TaskState::Queued })])
        });
        let outcomes = outcomes.await.unwrap();
        let codes: Vec<_> =
            outcomes.into_iter().map(|(_, result)| result.map_err(|error| error.as_wire().code)).collect();
        assert_eq!(codes, [Ok("first"), Err(Code::ValidationFailed), Err(Code::LeaseLost)]);
    }
}
