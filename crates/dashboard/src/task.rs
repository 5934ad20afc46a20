//! One task: what it got, what became of it, and its log.

use maud::html;
use windlass_wire::{Attempt, ItemOutcome, Json, LoggedLine, Task, TaskState};

use crate::forms::{Act, acts};
use crate::frame::{About, Frame};
use crate::html::{Html, client, client_or_none, encoded, id, id_link, state_of, time, time_or_none};
use crate::rows;
use crate::tables::{facts, section};
use crate::words;

/// What the page shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The task.
    pub task: &'a Task,
    /// Its attempts, the first ones first.
    pub attempts: &'a [Attempt],
    /// The newest lines of its log.
    pub log: &'a [LoggedLine],
    /// Whether there are lines before those.
    pub log_is_cut: bool,
    /// Its outcomes.
    pub outcomes: &'a [ItemOutcome],
}

/// Bytes of a log that are shown.
const LOG: usize = 16 * 1024;

/// The page.
pub fn page(frame: &Frame, shown: &Shown<'_>) -> String {
    let task = shown.task;
    let path = format!("/tasks/{}", task.id);
    let whole = |part: &str| frame.path(&format!("{path}/{part}.txt"));
    let ended = matches!(
        task.state,
        TaskState::Succeeded | TaskState::Failed | TaskState::Cancelled | TaskState::Skipped
    );
    let json = |title: &str, part: &str, json: Option<&Json>| {
        html! { @if let Some(json) = json { section { h2 { (title) } div class="body" { (rows::json(json.text(), Some(&whole(part)))) } } } }
    };
    let content = html! {
        p class="crumbs" { "Pipeline " (id_link(&frame.path("/pipelines"), task.pipeline_id)) ", job " (id_link(&frame.path("/jobs"), task.job_id)) }
        div class="head" { h1 { "Task of " (client(&task.r#type)) } (state_of(&task.state)) (id(task.id)) }
        @if let Some(error) = &task.error {
            section id="error" { h2 { "Error" } div class="body" {
                p class="note bad" { code { (client(&error.category)) } " " (client(&error.message)) }
                @if let Some(detail) = &error.detail { (rows::json(detail.text(), None)) }
            } }
        }
        (progress(task))
        @if frame.inside { (actions(frame, task, &path, ended)) }
        (attempts(frame, shown.attempts))
        (log(shown.log, shown.log_is_cut, &whole("log")))
        div class="pair" {
            section { h2 { "About it" } div class="body" { (about(frame, task)) } }
            (json("Payload", "payload", Some(&task.payload)))
            (json("Result", "result", task.result.as_ref()))
            (json("Checkpoint", "checkpoint", task.checkpoint.as_ref()))
            (json("Metadata", "metadata", Some(&task.metadata)))
        }
        @if !shown.outcomes.is_empty() { (outcomes(frame, shown.outcomes)) }
        p { a href=(format!("{}?task_id={}", frame.path("/events"), task.id)) { "Its events" } }
    };
    let title = format!("Task {}", &task.id.to_string()[..8]);
    let about = About { polls: !ended, ..About::new(title, "Tasks", format!("task:{}", task.id)) };
    frame.page(&about, &content)
}

fn progress(task: &Task) -> Html {
    html! {
        @if let Some(progress) = &task.progress {
            section id="progress" { h2 { "Progress" } div class="body" {
                @if let Some(total) = progress.total.filter(|total| *total > 0.0) {
                    progress max=(total) value=(progress.current) aria-label="Progress" { (progress.current) " of " (total) }
                    p { (progress.current) " of " (total) }
                } @else { p { (progress.current) } }
                @if let Some(message) = &progress.message { p { (client(message)) } }
            } }
        }
    }
}

fn actions(frame: &Frame, task: &Task, page: &str, ended: bool) -> Html {
    let form = if ended {
        Act::new("POST /v1/tasks/{id}/retry", page, "retry", "Retry").form(frame)
    } else {
        Act::new("POST /v1/tasks/{id}/cancel", page, "cancel", "Cancel").grave().form(frame)
    };
    if ended && task.state == TaskState::Succeeded { Html::default() } else { acts(&[form]) }
}

fn about(frame: &Frame, task: &Task) -> Html {
    facts(&[
        ("Type", rows::queue_link(frame, &task.r#type)),
        ("Attempt", html! { (task.attempt) " of " (task.max_attempts) }),
        (
            "Next attempt",
            if task.state == TaskState::Scheduled { time_or_none(task.run_at) } else { crate::html::none() },
        ),
        ("Worker", worker(frame, task.worker_id.as_deref())),
        ("Lease ends", time_or_none(task.lease_expires_at)),
        ("Created", time(task.created_at)),
        ("Started", time_or_none(task.started_at)),
        ("Ended", time_or_none(task.ended_at)),
    ])
}

fn worker(frame: &Frame, worker: Option<&str>) -> Html {
    html! {
        @match worker {
            Some(worker) => a href=(frame.path(&format!("/workers/{}", encoded(worker)))) { (client(worker)) },
            None => (crate::html::none()),
        }
    }
}

fn attempts(frame: &Frame, attempts: &[Attempt]) -> Html {
    let begin = attempts.iter().map(|attempt| attempt.started_at).min().unwrap_or(frame.now);
    let end = attempts.iter().map(|attempt| attempt.ended_at.unwrap_or(frame.now)).max().unwrap_or(frame.now);
    let whole = (end - begin).as_seconds_f64().max(0.001);
    let row = |attempt: &Attempt| {
        let left = (attempt.started_at - begin).as_seconds_f64() / whole * 100.0;
        let took = (attempt.ended_at.unwrap_or(frame.now) - attempt.started_at).as_seconds_f64();
        html! {
            tr data-id=(attempt.number) {
                td class="n" { (attempt.number) }
                td { (state_of(&attempt.outcome)) }
                td { (worker(frame, Some(&attempt.worker_id))) }
                td { (time(attempt.started_at)) }
                td class="n" { (words::length(took)) }
                td { span class="line" role="img" aria-label=(format!("took {}", words::length(took))) {
                    i class=(words::word(&attempt.outcome)) style=(format!("left:{:.2}%;width:{:.2}%", left.clamp(0.0, 99.0), (took / whole * 100.0).clamp(0.7, 100.0))) {}
                } }
                td class="wide" {
                    @match &attempt.error { Some(error) => { code { (client(&error.category)) } " " (client(&rows::shortened(&error.message))) }, None => (crate::html::none()) }
                }
            }
        }
    };
    let rows: Vec<Html> = attempts.iter().map(row).collect();
    section(
        "Attempts",
        &["#No.", "Outcome", "Worker", "Started", "#Took", "Time line", "Error"],
        &rows,
        "No worker has begun it yet.",
    )
}

fn log(lines: &[LoggedLine], is_cut: bool, whole: &str) -> Html {
    let (mut bytes, mut count) = (0, 0);
    let shown: Vec<&LoggedLine> = lines
        .iter()
        .rev()
        .take_while(|line| {
            bytes += line.message.len() + line.fields.text().len() + 80;
            count += 1;
            bytes <= LOG || count == 1
        })
        .collect();
    html! {
        section id="log" {
            h2 { "Log " @if !lines.is_empty() { a href=(whole) download { "Download all of it" } } }
            @if lines.is_empty() { p class="empty" { "It has logged nothing." } }
            @else {
                @if is_cut || shown.len() < lines.len() { p class="empty" { "The newest 16 KiB." } }
                ol class="log" tabindex="0" aria-label="Lines of the log" {
                    @for line in shown.iter().rev() {
                        li data-id=(line.number) data-level=(words::word(&line.level)) {
                            (time(line.at)) " " span class="level" { (words::word(&line.level)) } " " (client(&line.message))
                            @if line.fields.text() != "{}" { " " code { (client(line.fields.text())) } }
                        }
                    }
                }
            }
        }
    }
}

/// Outcomes of items.
pub(crate) fn outcomes(frame: &Frame, outcomes: &[ItemOutcome]) -> Html {
    let row = |outcome: &ItemOutcome| {
        html! {
            tr data-id=(outcome.id) {
                td { (time(outcome.at)) }
                th scope="row" { (client(&outcome.subject)) }
                td { (client(&outcome.kind)) }
                td { (client(&outcome.disposition)) }
                td class="wide" { (client_or_none(outcome.reason.as_deref())) }
                td { (client_or_none(outcome.version.as_deref())) }
                td { (id_link(&frame.path("/tasks"), outcome.task_id)) }
            }
        }
    };
    let rows: Vec<Html> = outcomes.iter().map(row).collect();
    section(
        "Outcomes",
        &["When", "Subject", "Kind", "Disposition", "Reason", "Version", "Task"],
        &rows,
        "No outcome fits.",
    )
}
