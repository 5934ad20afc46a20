//! Workers that asked for tasks lately.

use maud::html;
use windlass_wire::{Page, Task, Worker};

use crate::frame::{About, Frame};
use crate::html::{Html, clean, client, encoded, time};
use crate::queues;
use crate::rows;
use crate::tables::{facts, next, none_of, section};
use crate::words;

/// The list.
pub fn page(frame: &Frame, asked: &[(String, String)], workers: &Page<Worker>) -> String {
    let row = |worker: &Worker| {
        html! {
            tr data-id=(clean(&worker.id)) {
                th scope="row" { a href=(frame.path(&format!("/workers/{}", encoded(&worker.id)))) { (client(&worker.id)) } }
                td { @for (at, name) in worker.types.iter().take(5).enumerate() { @if at > 0 { ", " } (client(name)) } @if worker.types.len() > 5 { " and " (worker.types.len() - 5) " more" } }
                td class="n" { (words::number(worker.running)) }
                td { (time(worker.last_seen_at)) }
            }
        }
    };
    let rows: Vec<Html> = workers.items.iter().map(row).collect();
    let content = html! {
        h1 { "Workers" }
        (section("Seen in the last 5 minutes", &["Worker", "Types", "#Running", "Last seen"], &rows, "No worker has asked for tasks in the last 5 minutes. The README shows one in a few lines."))
        (next(frame, "/workers", asked, workers.next_cursor.as_deref()))
    };
    frame.page(&About { pace: 1_000, ..About::new("Workers", "Workers", "any") }, &content)
}

/// One worker: what it runs, and what failed in its hands.
pub fn one(
    frame: &Frame,
    id: &str,
    worker: Option<&Worker>,
    running: &Page<Task>,
    failures: &Page<Task>,
) -> String {
    let tasks = |page: &Page<Task>| page.items.iter().map(|task| rows::task(frame, task)).collect::<Vec<_>>();
    let content = html! {
        h1 { (client(id)) }
        @match worker {
            Some(worker) => {
                section { h2 { "About it" } div class="body" {
                    (facts(&[("Last seen", time(worker.last_seen_at)), ("Tasks that it runs", html! { (words::number(worker.running)) })]))
                    (queues::types(frame, worker))
                } }
            }
            None => p class="note" { "It has not asked for tasks in the last 5 minutes." },
        }
        (section("Running", &rows::TASKS, &tasks(running), "It runs nothing now."))
        @if running.next_cursor.is_some() { p class="quiet" { "These are those that have run for longest." } }
        (section("Failures", &rows::TASKS, &tasks(failures), none_of(failures, "Nothing has failed for good with this worker.")))
        @if failures.next_cursor.is_some() { p class="quiet" { "Older failures are not shown here." } }
    };
    frame.page(&About { pace: 1_000, ..About::new(id, "Workers", "any") }, &content)
}
