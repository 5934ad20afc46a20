//! What goes on, and what needs a person.

use chrono::{DateTime, Utc};
use maud::html;
use windlass_wire::{Pipeline, Queue, QueueMinute, Task};

use crate::frame::{About, Frame};
use crate::html::{Html, clean, client, time};
use crate::queues::hour;
use crate::rows;
use crate::tables::section;
use crate::words;

/// Something that needs a person: what, its page, why, and since when.
#[derive(Debug, Clone, Default)]
pub struct Need {
    /// What it is.
    pub what: String,
    /// Its page, below the base.
    pub page: Option<String>,
    /// Its name.
    pub name: String,
    /// Why it needs somebody.
    pub why: String,
    /// Since when, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// The reason that somebody gave.
    pub reason: Option<String>,
}

/// Running pipelines that are shown.
pub const RUNNING: usize = 20;

/// What the page shows.
#[derive(Debug, Default)]
pub struct Overview {
    /// What needs a person.
    pub needs: Vec<Need>,
    /// In how many seconds more will, though nothing happens.
    pub due_in: Option<f64>,
    /// The types with most to tell, each with its last hour.
    pub types: Vec<(Queue, Vec<QueueMinute>)>,
    /// Pipelines that run, newest first.
    pub running: Vec<Pipeline>,
    /// How many pipelines ended in the last 24 hours, by state; `true`: there are more than were counted.
    pub ended: Vec<(&'static str, u64, bool)>,
    /// The newest failures.
    pub failures: Vec<Task>,
}

/// The page.
pub fn page(frame: &Frame, overview: &Overview) -> String {
    let types: Vec<Html> = overview.types.iter().map(|(queue, minutes)| row(frame, queue, minutes)).collect();
    let running: Vec<Html> =
        overview.running.iter().map(|pipeline| rows::pipeline(frame, pipeline)).collect();
    let failures: Vec<Html> = overview.failures.iter().map(|task| rows::task(frame, task)).collect();
    let heads = [
        "Type",
        "#Queued",
        "#Scheduled",
        "#Running",
        "#Oldest wait",
        "#Workers",
        "#Wait p50 / p95",
        "#Run p50 / p95",
        "Succeeded, last hour",
        "Failed, last hour",
    ];
    if !frame.may("GET /v1/queues") {
        let content = html! { h1 { "Overview" } p class="empty" { "Your key may not read what pages show: it takes one with the scope " code { "read" } "." } };
        return frame.page(&About::new("Overview", "Overview", ""), &content);
    }
    let content = html! {
        h1 { "Overview" }
        (needs(frame, &overview.needs, overview.due_in))
        div class="figures" {
            @for (state, count, more) in &overview.ended {
                div { b { (words::number(*count)) @if *more { "+" } } span { a href=(format!("{}?state={state}", frame.path("/pipelines"))) { (state) } " in the last 24 h" } }
            }
        }
        (section("Types with most to do", &heads, &types, "No type is known yet. Create a pipeline, or start a worker: its types appear here."))
        p { a href=(frame.path("/queues")) { "All types" } }
        (section("Running pipelines", &rows::PIPELINES, &running, "No pipeline runs."))
        @if running.len() >= RUNNING { p { a href=(format!("{}?state=running", frame.path("/pipelines"))) { "All that run" } } }
        (section("Newest failures", &rows::TASKS, &failures, "No task has failed for good."))
    };
    frame.page(&About { pace: 1_000, ..About::new("Overview", "Overview", "any") }, &content)
}

fn needs(frame: &Frame, needs: &[Need], due_in: Option<f64>) -> Html {
    html! {
        section id="needs" data-due-in=[due_in.map(|seconds| format!("{seconds:.1}"))] {
            h2 { "What needs a person" }
            @if needs.is_empty() { p class="empty" { "Nothing does." } }
            @else { ul class="body plain" {
                @for need in needs {
                    li data-id=(clean(&need.name)) {
                        strong { (need.what) " " @match &need.page { Some(page) => a href=(frame.path(page)) { (client(&need.name)) }, None => (client(&need.name)) } }
                        ": " (client(&need.why))
                        @if let Some(since) = need.since { " since " (time(since)) }
                        @if let Some(reason) = &need.reason { ", because: " (client(reason)) }
                    }
                }
            } }
        }
    }
}

fn row(frame: &Frame, queue: &Queue, minutes: &[QueueMinute]) -> Html {
    // They come with the newest first.
    let newest =
        minutes.iter().find(|minute| minute.wait_p50_seconds.is_some() || minute.run_p50_seconds.is_some());
    let pair = |one: Option<f64>, other: Option<f64>| {
        format!("{} / {}", words::length_or_none(one), words::length_or_none(other))
    };
    html! {
        tr data-id=(clean(&queue.r#type)) {
            th scope="row" { (rows::queue_link(frame, &queue.r#type)) @if queue.paused { " " (crate::html::state("paused")) } }
            td class="n" { (words::number(queue.queued)) }
            td class="n" { (words::number(queue.scheduled)) }
            td class="n" { (words::number(queue.running)) }
            td class="n" { (words::length_or_none(queue.oldest_queued_seconds)) }
            td class="n" { (words::number(queue.workers)) }
            td class="n" { (pair(newest.and_then(|minute| minute.wait_p50_seconds), newest.and_then(|minute| minute.wait_p95_seconds))) }
            td class="n" { (pair(newest.and_then(|minute| minute.run_p50_seconds), newest.and_then(|minute| minute.run_p95_seconds))) }
            @for curve in hour(minutes, frame) { td { (curve) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_shows_how_long_tasks_waited_and_ran_in_its_newest_minute_with_anything_to_tell() {
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1);
        let frame = Frame {
            base: "/ui".to_owned(),
            who: None,
            inside: true,
            token: String::new(),
            place: None,
            now,
            may: Arc::new(|_| true),
            alert: None,
        };
        let queue = json!({"type": "a", "paused": false, "queued": 0, "scheduled": 0, "running": 0});
        let queue: Queue = serde_json::from_value(queue).unwrap();
        let minute = |ago: i64, length: Option<f64>| QueueMinute {
            at: now - chrono::TimeDelta::minutes(ago),
            queued: 0,
            running: 0,
            succeeded: 1,
            failed: 0,
            wait_p50_seconds: length,
            wait_p95_seconds: length,
            run_p50_seconds: length,
            run_p95_seconds: length,
        };
        // As the API gives them: the newest first.
        let minutes = [minute(1, None), minute(2, Some(3.0)), minute(3, Some(59.0))];
        let shown = row(&frame, &queue, &minutes).into_string();
        assert_eq!(shown.matches("3 s / 3 s").count(), 2, "{shown}");
        assert!(!shown.contains("59 s"), "{shown}");
    }
}
