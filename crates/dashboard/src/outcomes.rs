//! What became of single items, by their subject.

use maud::html;
use windlass_wire::{ItemOutcome, Page};

use crate::forms::{filter, text_field};
use crate::frame::{About, Frame};
use crate::tables::{next, value_of};
use crate::task::outcomes;

/// The page; nothing is looked for before something is asked.
pub fn page(frame: &Frame, asked: &[(String, String)], found: Option<&Page<ItemOutcome>>) -> String {
    let of = |name| value_of(asked, name);
    let fields = html! {
        (text_field("subject", "Subject", of("subject"), false))
        (text_field("kind", "Kind", of("kind"), false))
        (text_field("disposition", "Disposition", of("disposition"), false))
        @for name in ["pipeline_id", "job_id", "task_id"] { @if !of(name).is_empty() { (text_field(name, name, of(name), false)) } }
    };
    let content = html! {
        h1 { "Outcomes" }
        (filter(frame, "/outcomes", &fields))
        @match found {
            Some(found) => {
                (outcomes(frame, &found.items))
                (next(frame, "/outcomes", asked, found.next_cursor.as_deref()))
            }
            None => section { h2 { "Outcomes" } p class="empty" { "Type the subject of an item, such as a path or an id that workers named, to see what became of it." } },
        }
    };
    frame.page(&About { pace: 1_000, ..About::new("Outcomes", "Outcomes", "outcomes outcome") }, &content)
}
