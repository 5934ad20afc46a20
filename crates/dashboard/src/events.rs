//! The audit.

use maud::html;
use windlass_wire::Event;

use crate::forms::{filter, text_field};
use crate::frame::{About, Frame};
use crate::html::Html;
use crate::rows;
use crate::tables::{list, next, value_of};

/// The parameters of the filter.
pub const FILTER: [&str; 8] =
    ["pipeline_id", "job_id", "task_id", "entity", "to", "type", "schedule", "template"];

/// The page: events, the newest first. `next_cursor` leads to later ones, where the page begins at a cursor.
pub fn page(
    frame: &Frame,
    asked: &[(String, String)],
    events: &[Event],
    next_cursor: Option<&str>,
) -> String {
    let fields = html! { @for name in FILTER { (text_field(name, name, value_of(asked, name), false)) } };
    let items: Vec<Html> = events.iter().rev().map(|event| rows::event(frame, event)).collect();
    let content = html! {
        h1 { "Events" }
        (filter(frame, "/events", &fields))
        (list("Audit", &rows::EVENTS, &items, "No event fits."))
        (next(frame, "/events", asked, next_cursor))
    };
    frame.page(&About { pace: 1_000, ..About::new("Events", "Events", "any") }, &content)
}
