//! Reading a log call.

use std::cell::Cell;

use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::LogItem;

use super::batch::{Item, read_items};
use super::fields::take_token;
use crate::input::json::{Document, Object, Rejection};
use crate::input::log::require_lines;

/// The fields of a log call beside the id.
pub(crate) fn take_log(call: &mut Object<'_>, id: Uuid) -> Option<LogItem> {
    let token = take_token(call);
    let lines = require_lines(call);
    Some(LogItem { id, token: token?, lines: lines? })
}

/// The items of a call for many tasks.
///
/// # Errors
/// Only what is wrong with the envelope: it may have 10,000 lines in all.
pub(crate) fn read_logs(body: &Document) -> Result<Vec<Item<LogItem>>, Rejection> {
    let lines = Cell::new(0);
    let items = read_items(body, |call, id| {
        let item = take_log(call, id)?;
        lines.set(lines.get() + item.lines.len());
        Some(item)
    })?;
    if lines.get() <= Limits::LOG_LINES_PER_CALL {
        return Ok(items);
    }
    let (most, lines) = (Limits::LOG_LINES_PER_CALL, lines.get());
    body.read_envelope(|root, _| {
        root.object(|envelope| {
            envelope.required("tasks", |field| {
                field.refuse(format_args!("must have at most {most} lines in all, has {lines}"))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_up_to_10000_lines_in_all() {
        let id = Uuid::now_v7();
        let item = |lines: usize| {
            let lines = vec![r#"{"message":""}"#; lines].join(",");
            format!(r#"{{"id":"{id}","lease_token":"t","lines":[{lines}]}}"#)
        };
        let body = |last: usize| {
            let items: Vec<_> = std::iter::repeat_n(1_000, 9).chain([999, last]).map(item).collect();
            Document::of(&format!(r#"{{"tasks":[{}]}}"#, items.join(",")))
        };
        assert_eq!(read_logs(&body(1)).unwrap().len(), 11);
        let rejection = read_logs(&body(2)).unwrap_err();
        assert!(rejection.errors[0].detail.contains("10000"), "{rejection:?}");
        assert_eq!(rejection.pointers(), ["/tasks"]);
    }
}
