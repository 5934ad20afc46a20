//! Standard output.

use std::io::{self, Write};

use serde::Serialize;

use super::patience::note;
use super::screen::Screen;
use super::server::Listed;
use super::target::Target;
use crate::failure::Failure;

/// Writes text and a line's end. A reader that closed its end (`| head`) has seen enough: the command ends there, and well.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    crate::printed::print(&format!("{text}\n"))
}

/// Writes a value as indented JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    text(&serde_json::to_string_pretty(value)?)
}

/// Writes one thing: as JSON, or as people read it.
pub(super) fn one<T: Serialize>(
    target: &Target,
    value: &T,
    shown: impl FnOnce(&Screen, &T) -> String,
) -> Result<(), Failure> {
    if target.json { json(value) } else { text(&shown(&target.screen(), value)) }
}

/// Writes a whole list; says where it has none of `what`.
pub(super) fn list<T: Serialize>(
    target: &Target,
    items: &[T],
    what: &str,
    shown: impl FnOnce(&Screen, &[T]) -> String,
) -> Result<(), Failure> {
    if target.json {
        return json(&items);
    }
    if items.is_empty() {
        note(&format!("no {what}"));
        return Ok(());
    }
    text(&shown(&target.screen(), items))
}

/// Writes the beginning of a list; says where there is more.
pub(super) fn listed<T: Serialize>(
    target: &Target,
    listed: &Listed<T>,
    what: &str,
    shown: impl FnOnce(&Screen, &[T]) -> String,
) -> Result<(), Failure> {
    list(target, &listed.items, what, shown)?;
    flush();
    if listed.is_cut {
        let number = listed.items.len();
        note(&format!(
            "these are the first {number}, and there are more: --limit {} shows more",
            number.max(1) * 10
        ));
    }
    Ok(())
}

/// What is on its way to standard output comes before what is said beside it.
fn flush() {
    let _ = io::stdout().flush();
}
