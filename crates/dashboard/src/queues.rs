//! Queues: what waits, what runs, and who asks for it.

use maud::html;
use windlass_wire::{Page, Queue, QueueMinute, Task, Worker};

use crate::curve::{failures, throughput};
use crate::forms::{Act, acts};
use crate::frame::{About, Frame};
use crate::html::{Html, clean, client, encoded, state};
use crate::pause::{Pause, note};
use crate::rows;
use crate::tables::{facts, next, section};
use crate::words;

/// The list.
pub fn page(frame: &Frame, asked: &[(String, String)], queues: &Page<Queue>) -> String {
    let rows: Vec<Html> = queues.items.iter().map(|queue| row(frame, queue)).collect();
    let content = html! {
        h1 { "Queues" }
        (section("All types", &HEADS, &rows, "No type is known yet. A type appears with the first job of it, or the first worker that asks for it."))
        (next(frame, "/queues", asked, queues.next_cursor.as_deref()))
    };
    frame.page(&About { pace: 1_000, ..About::new("Queues", "Queues", "any") }, &content)
}

const HEADS: [&str; 8] =
    ["Type", "State", "#Queued", "#Scheduled", "#Running", "#At most", "#Oldest wait", "#Workers"];

fn row(frame: &Frame, queue: &Queue) -> Html {
    html! {
        tr data-id=(clean(&queue.r#type)) {
            th scope="row" { (rows::queue_link(frame, &queue.r#type)) }
            td { (state(if queue.paused { "paused" } else { "open" })) }
            td class="n" { (words::number(queue.queued)) }
            td class="n" { (words::number(queue.scheduled)) }
            td class="n" { (words::number(queue.running)) }
            td class="n" { @match queue.max_running { Some(most) => (most), None => "–" } }
            td class="n" { (words::length_or_none(queue.oldest_queued_seconds)) }
            td class="n" { (words::number(queue.workers)) }
        }
    }
}

/// What the page of one type shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The queue.
    pub queue: &'a Queue,
    /// Its pause, if it is paused.
    pub pause: Option<&'a Pause>,
    /// Its minutes of the last 24 hours.
    pub minutes: &'a [QueueMinute],
    /// Its newest failures.
    pub failures: &'a [Task],
    /// Those that have run for longest.
    pub running: &'a [Task],
}

/// One type.
pub fn one(frame: &Frame, shown: &Shown<'_>) -> String {
    let queue = shown.queue;
    let tasks = |tasks: &[Task]| tasks.iter().map(|task| rows::task(frame, task)).collect::<Vec<_>>();
    let content = html! {
        div class="head" { h1 { (client(&queue.r#type)) } (state(if queue.paused { "paused" } else { "open" })) }
        (note(shown.pause, queue.reason.as_deref()))
        div class="figures" {
            div { b { (words::number(queue.queued)) } span { "queued" } }
            div { b { (words::number(queue.scheduled)) } span { "scheduled" } }
            div { b { (words::number(queue.running)) } span { "running" } }
            div { b { (words::length_or_none(queue.oldest_queued_seconds)) } span { "oldest wait" } }
            div { b { (words::number(queue.workers)) } span { "workers asking" } }
        }
        section { h2 { "Last 24 hours" } div class="body" { (crate::curve::day(shown.minutes, frame.now)) } }
        (actions(frame, queue))
        (section("Running for longest", &rows::TASKS, &tasks(shown.running), "No task of it runs."))
        (section("Newest failures", &rows::TASKS, &tasks(shown.failures), "No task of it has failed for good."))
        p { a href=(format!("{}?type={}", frame.path("/events"), encoded(&queue.r#type))) { "Its events" } }
    };
    frame.page(&About { pace: 1_000, ..About::new(queue.r#type.clone(), "Queues", "any") }, &content)
}

fn actions(frame: &Frame, queue: &Queue) -> Html {
    let page = format!("/queues/{}", encoded(&queue.r#type));
    let (verb, label) = if queue.paused { ("resume", "Resume") } else { ("pause", "Pause") };
    let most = html! { input type="number" min="0" name="max_running" aria-label="Tasks that may run at once; empty: any number" placeholder="no bound" value=[queue.max_running]; };
    acts(&[
        Act::new("PATCH /v1/queues/{type}", &page, verb, label).form(frame),
        Act::new("PATCH /v1/queues/{type}", &page, "max_running", "Set how many may run")
            .form_with(frame, &most),
    ])
}

/// A worker's row of the list of queues' workers.
pub(crate) fn types(frame: &Frame, worker: &Worker) -> Html {
    facts(&[("Types", html! { @for name in &worker.types { div { (rows::queue_link(frame, name)) } } })])
}

/// The small curves of the last hour: what succeeded, and what failed.
pub(crate) fn hour(minutes: &[QueueMinute], frame: &Frame) -> [Html; 2] {
    [throughput(minutes, 60, frame.now), failures(minutes, 60, frame.now)]
}
