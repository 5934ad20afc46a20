//! Tasks over all: those that failed, and those that have run for longest.

use maud::html;
use windlass_wire::{Page, Task};

use crate::forms::{choice, filter, text_field};
use crate::frame::{About, Frame};
use crate::html::Html;
use crate::rows;
use crate::tables::{list, next, none_of, value_of};

/// The page.
pub fn page(frame: &Frame, asked: &[(String, String)], tasks: &Page<Task>) -> String {
    let of = |name| value_of(asked, name);
    let failed = of("state") != "running";
    let fields = html! {
        (choice("state", "Which", &[("failed", "failed, newest first"), ("running", "running, longest first")], if failed { "failed" } else { "running" }))
        (text_field("type", "Type", of("type"), false))
        @if failed {
            (text_field("category", "Category", of("category"), false))
            (text_field("created_after", "Created after", of("created_after"), false))
        }
    };
    let may = failed && frame.may("POST /v1/tasks/{id}/retry");
    let items: Vec<Html> = tasks
        .items
        .iter()
        .map(|task| if may { rows::task_to_tick(frame, task) } else { rows::task(frame, task) })
        .collect();
    let empty = if failed {
        "No task has failed for good. Running ones are in the filter."
    } else {
        "No task runs now."
    };
    let content = html! {
        h1 { "Tasks" }
        (filter(frame, "/tasks", &fields))
        (list(if failed { "Failed" } else { "Running" }, &rows::TASKS, &items, none_of(tasks, empty)))
        @if may && !items.is_empty() {
            section { h2 { "Those ticked" } form id="ticked" class="inline body" method="post" action=(frame.path("/tasks")) {
                (frame.forgery_token())
                input name="reason" maxlength="1000" placeholder="reason" aria-label="Reason to retry";
                button name="verb" value="retry" { "Retry those ticked" }
            } }
        }
        (next(frame, "/tasks", asked, tasks.next_cursor.as_deref()))
    };
    frame.page(&About { pace: 1_000, ..About::new("Tasks", "Tasks", "tasks") }, &content)
}
