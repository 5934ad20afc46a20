//! Reading reports on many tasks: the envelope can fail as a whole, each item only by itself.

use uuid::Uuid;

use crate::input::items::read_each;
use crate::input::json::{Document, Object, Rejection};

/// One item: its id as far as it can be read, and its report or why there is none.
#[derive(Debug)]
pub(crate) struct Item<T> {
    /// Its id; `None` if that cannot be read.
    pub(crate) id: Option<Uuid>,
    /// What it reports, or all that is wrong with it.
    pub(crate) report: Result<T, Rejection>,
}

/// Reads `{"tasks": [{id, …}]}`; `take` reads the fields beside the id.
///
/// # Errors
/// Only what is wrong with the envelope.
pub(crate) fn read_items<T>(
    body: &Document,
    take: impl Fn(&mut Object<'_>, Uuid) -> Option<T>,
) -> Result<Vec<Item<T>>, Rejection> {
    let items = read_each(body, "tasks", |item, id: &mut Option<Uuid>| {
        item.object(|report| {
            *id = report.required("id", |field| field.uuid());
            take(report, id.unwrap_or_default())
        })
    });
    Ok(items?.into_iter().map(|(id, report)| Item { id, report }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(body: &str) -> Result<Vec<Item<i64>>, Rejection> {
        read_items(&Document::of(body), |report, _| report.required("n", |field| field.integer((0, 9))))
    }

    #[test]
    fn a_wrong_item_fails_alone_with_pointers_into_the_body() {
        let id = Uuid::now_v7();
        let body = format!(
            r#"{{"tasks":[{{"id":"{id}","n":1}},{{"id":"{id}","n":10,"x":0}},{{"n":1}},7,{{"id":"{id}","n":"\u0000"}}]}}"#
        );
        let items = items(&body).unwrap();
        let read: Vec<_> =
            items.into_iter().map(|item| (item.id, item.report.err().map(Rejection::pointers))).collect();
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
            assert!(items(bad).is_err(), "{bad}");
        }
        let many = |count: usize| format!(r#"{{"tasks":[{}]}}"#, vec!["0"; count].join(","));
        assert_eq!(items(&many(1_000)).unwrap().len(), 1_000);
        assert!(items(&many(1_001)).is_err());
    }

    #[test]
    fn findings_of_all_items_are_bounded_and_each_wrong_item_has_one() {
        let item = r#"{"a":0,"b":0,"c":0}"#;
        let items = items(&format!(r#"{{"tasks":[{}]}}"#, vec![item; 1_000].join(","))).unwrap();
        let found = items.into_iter().map(|item| item.report.unwrap_err().errors.len()).collect::<Vec<_>>();
        assert_eq!((found[0], found[999]), (5, 1));
        assert!(found.iter().sum::<usize>() < 1_100);
    }
}
