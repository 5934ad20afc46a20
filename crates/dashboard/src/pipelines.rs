//! The list of pipelines, with the API's filters, and what one does to all that a filter finds.

use maud::html;
use windlass_wire::{Page, Pipeline};

use crate::forms::{PRIORITIES, choice, filter, text_field};
use crate::frame::{About, Frame};
use crate::rows;
use crate::tables::{list, next, none_of, value_of};

const STATES: [(&str, &str); 7] = [
    ("", "any"),
    ("pending", "pending"),
    ("running", "running"),
    ("succeeded", "succeeded"),
    ("partial", "partial"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
];

/// The parameters of the filter.
pub const FILTER: [&str; 8] = [
    "state",
    "name",
    "priority",
    "correlation_id",
    "created_after",
    "created_before",
    "template",
    "schedule",
];

/// The page.
pub fn page(frame: &Frame, asked: &[(String, String)], pipelines: &Page<Pipeline>) -> String {
    let of = |name| value_of(asked, name);
    let mut priorities = vec![("", "any")];
    priorities.extend(PRIORITIES);
    let metadata: Vec<_> = asked.iter().filter(|(name, _)| name.starts_with("metadata.")).collect();
    let fields = html! {
        (choice("state", "State", &STATES, of("state")))
        (text_field("name", "Name", of("name"), false))
        (choice("priority", "Priority", &priorities, of("priority")))
        (text_field("correlation_id", "Correlation id", of("correlation_id"), false))
        (text_field("created_after", "Created after", of("created_after"), false))
        (text_field("created_before", "Created before", of("created_before"), false))
        (text_field("template", "Template", of("template"), false))
        (text_field("schedule", "Schedule", of("schedule"), false))
        @for (name, value) in metadata { (text_field(name, name, value, false)) }
        (text_field("metadata", "Metadata, as key=value", of("metadata"), false))
    };
    let items: Vec<_> = pipelines.items.iter().map(|each| rows::pipeline(frame, each)).collect();
    let content = html! {
        div class="head" {
            h1 { "Pipelines" }
            div class="actions" {
                @if frame.may("POST /v1/templates/{name}/pipelines") { a class="button" href=(frame.path("/templates")) { "New from a template" } }
            }
        }
        (filter(frame, "/pipelines", &fields))
        (list("List", &rows::PIPELINES, &items, none_of(pipelines, "No pipeline fits. Create one from a template, by the API or with `windlass create`, or clear the filter.")))
        (next(frame, "/pipelines", asked, pipelines.next_cursor.as_deref()))
        @if frame.may("POST /v1/pipelines/cancel") && !pipelines.items.is_empty() { (bulk(frame, asked)) }
    };
    frame.page(&About { pace: 1_000, ..About::new("Pipelines", "Pipelines", "pipelines") }, &content)
}

fn bulk(frame: &Frame, asked: &[(String, String)]) -> crate::html::Html {
    let conditions: Vec<_> = asked
        .iter()
        .filter(|(name, value)| name != "cursor" && name != "limit" && !value.is_empty())
        .collect();
    if conditions.is_empty() {
        return html! { p class="quiet" { "To pause, resume, retry or cancel many at once, filter first: a filter never means all by mistake." } };
    }
    html! {
        section {
            h2 { "All that the filter finds" }
            div class="body" {
                p class="quiet" { "Each of these first shows how many pipelines it hits." }
                div class="acts" {
                    @for (verb, label) in [("pause", "Pause all"), ("resume", "Resume all"), ("retry", "Retry all"), ("cancel", "Cancel all")] {
                        form class="inline" method="post" action=(frame.path("/pipelines")) {
                            (frame.forgery_token())
                            @for (name, value) in &conditions { input type="hidden" name=(format!("filter.{name}")) value=(crate::html::clean(value)); }
                            button name="verb" value=(verb) class=[(verb == "cancel").then_some("grave")] { (label) "…" }
                        }
                    }
                }
            }
        }
    }
}

/// How far a bulk verb has come.
#[derive(Debug, Clone, Default)]
pub struct Advance {
    /// The verb.
    pub verb: String,
    /// How many it is to hit.
    pub matched: u64,
    /// How many it has seen to.
    pub done: u64,
    /// How it ended: how many it changed and how many refused.
    pub ended: Option<Result<(u64, u64), String>>,
}

/// The page of a bulk verb under way.
pub fn advance(frame: &Frame, advance: &Advance) -> String {
    let share = (advance.done.min(advance.matched) * 100).checked_div(advance.matched).unwrap_or(100);
    let state = match &advance.ended {
        None => "running",
        Some(Ok(_)) => "succeeded",
        Some(Err(_)) => "failed",
    };
    let content = html! {
        h1 { (crate::words::capital(&advance.verb)) " of " (crate::words::number(advance.matched)) " pipelines" }
        section { div class="body" {
            p { (crate::html::state(state)) }
            progress max="100" value=(share) aria-label="How far it is" { (share) " %" }
            p {
                @match &advance.ended {
                    None => { (crate::words::number(advance.done)) " of " (crate::words::number(advance.matched)) " are done. It goes on when you leave this page." }
                    Some(Ok((changed, refused))) => { (crate::words::number(*changed)) " were changed, " (crate::words::number(*refused)) " refused." }
                    Some(Err(why)) => { "It ended early: " (crate::html::client(why)) }
                }
            }
            p { a href=(frame.path("/pipelines")) { "Back to the pipelines" } }
        } }
    };
    let about = About { polls: advance.ended.is_none(), ..About::new("Bulk", "Pipelines", "") };
    frame.page(&about, &content)
}
