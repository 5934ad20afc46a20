//! Reports on many tasks in one call: the envelope can fail as a whole, each item only by itself.

use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::Error;

use crate::engine;
use crate::http::Problem;
use crate::http::body::{Body, Field, Object, Pointer};

/// One item: its id as far as it can be read, and its report or why there is none.
#[derive(Debug)]
pub(super) struct Item<T> {
    id: Option<Uuid>,
    report: Result<T, Problem>,
}

/// What became of one item.
pub(super) type Outcome<R> = (Option<Uuid>, Result<R, Problem>);

/// Reads `{"tasks": [{id, …}]}`; `take` reads the fields beside the id.
///
/// # Errors
/// Only what is wrong with the envelope.
pub(super) fn read_items<T>(
    body: &Body,
    take: impl Fn(&mut Object<'_>, Uuid) -> Option<T>,
) -> Result<Vec<Item<T>>, Problem> {
    body.read_envelope(|root, suspicious| {
        root.object(|envelope| {
            envelope.required("tasks", |tasks| {
                tasks.each(0..=Limits::BATCH, |item, _| Some(read_item(item, suspicious, &take)))
            })
        })
    })
}

fn read_item<T>(
    item: Field<'_>,
    suspicious: bool,
    take: impl Fn(&mut Object<'_>, Uuid) -> Option<T>,
) -> Item<T> {
    let mut id = None;
    let report = item.apart(|item| {
        if suspicious {
            item.refuse_flaws();
        }
        item.object(|report| {
            id = report.required("id", |field| field.uuid());
            take(report, id.unwrap_or_default())
        })
    });
    Item { id, report }
}

/// Sends the reports that could be read as one batch, and puts every outcome back into its place.
///
/// # Errors
/// When the batch as a whole could not be done.
pub(super) async fn send<T, R>(
    items: Vec<Item<T>>,
    report: impl AsyncFnOnce(Vec<T>) -> Result<Vec<Result<R, Error>>, engine::Error>,
) -> Result<Vec<Outcome<R>>, Problem> {
    let mut reports = Vec::with_capacity(items.len());
    let mut places = Vec::with_capacity(items.len());
    for item in items {
        places.push((item.id, item.report.map(|report| reports.push(report))));
    }
    let results = if reports.is_empty() { Vec::new() } else { report(reports).await? };
    let mut results = results.into_iter();
    let tasks = Pointer::Field(&Pointer::Root, "tasks");
    let outcome = |(index, (id, place)): (usize, (Option<Uuid>, Result<(), Problem>))| {
        let result = place.and_then(|()| {
            let result = results.next().expect("the store answers each item of a batch");
            result.map_err(|error| Problem::of(error, &Pointer::Item(&tasks, index)))
        });
        (id, result)
    };
    Ok(places.into_iter().enumerate().map(outcome).collect())
}

#[cfg(test)]
mod tests {
    use windlass_domain::TaskState;
    use windlass_wire::Code;

    use super::*;

    fn items(body: &str) -> Result<Vec<Item<i64>>, Problem> {
        read_items(&Body::of(body.as_bytes()), |report, _| {
            report.required("n", |field| field.integer((0, 9)))
        })
    }

    #[test]
    fn a_wrong_item_fails_alone_with_pointers_into_the_body() {
        let id = Uuid::now_v7();
        let body = format!(
            r#"{{"tasks":[{{"id":"{id}","n":1}},{{"id":"{id}","n":10,"x":0}},{{"n":1}},7,{{"id":"{id}","n":"\u0000"}}]}}"#
        );
        let items = items(&body).unwrap();
        let pointers = |item: &Item<i64>| {
            let problem = item.report.as_ref().map_err(|problem| problem.as_wire().errors.clone().unwrap());
            problem.map_err(|errors| errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()).err()
        };
        let read: Vec<_> = items.iter().map(|item| (item.id, pointers(item))).collect();
        let wrong = |pointers: &[&str]| Some(pointers.iter().map(|&pointer| pointer.to_owned()).collect());
        assert_eq!(read[0], (Some(id), None));
        assert_eq!(read[1], (Some(id), wrong(&["/tasks/1/n", "/tasks/1/x"])));
        assert_eq!(read[2], (None, wrong(&["/tasks/2/id"])));
        assert_eq!(read[3], (None, wrong(&["/tasks/3"])));
        assert_eq!(read[4], (Some(id), wrong(&["/tasks/4/n"])));
    }

    #[test]
    fn the_envelope_fails_as_a_whole() {
        for bad in ["{}", r#"{"tasks":{}}"#, r#"{"tasks":[],"more":1}"#, r#"{"tasks":[],"tasks":[]}"#, "[]"] {
            assert_eq!(items(bad).unwrap_err().as_wire().status, 422, "{bad}");
        }
        let many = |count: usize| format!(r#"{{"tasks":[{}]}}"#, vec!["0"; count].join(","));
        assert_eq!(items(&many(1_000)).unwrap().len(), 1_000);
        assert_eq!(items(&many(1_001)).unwrap_err().as_wire().status, 422);
    }

    #[tokio::test]
    async fn outcomes_come_in_the_order_asked() {
        let id = Uuid::now_v7();
        let body = format!(r#"{{"tasks":[{{"id":"{id}","n":1}},{{"id":"{id}"}},{{"id":"{id}","n":3}}]}}"#);
        let outcomes = send(items(&body).unwrap(), async |reports: Vec<i64>| {
            assert_eq!(reports, [1, 3]);
            Ok(vec![Ok("first"), Err(Error::LeaseLost { task_state: TaskState::Queued })])
        });
        let outcomes = outcomes.await.unwrap();
        let codes: Vec<_> =
            outcomes.into_iter().map(|(_, result)| result.map_err(|error| error.as_wire().code)).collect();
        assert_eq!(codes, [Ok("first"), Err(Code::ValidationFailed), Err(Code::LeaseLost)]);
    }
}
