//! One job: its settings, its errors, and its tasks.

use maud::html;
use windlass_wire::{Job, JobError, JobState, Page, Task};

use crate::bar;
use crate::forms::{Act, acts, choice, small_choice};
use crate::frame::{About, Frame};
use crate::html::{Html, clean, client, client_or_none, id, id_link, state, state_of, time, time_or_none};
use crate::pipeline::yes;
use crate::rows;
use crate::tables::{facts, help, list, next, none_of, section, value_of};
use crate::words;

/// What the page shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The job.
    pub job: &'a Job,
    /// Why it does not go on.
    pub waiting_for: Option<&'a str>,
    /// Its errors.
    pub errors: &'a [JobError],
    /// A page of its tasks.
    pub tasks: &'a Page<Task>,
    /// The filter of tasks.
    pub asked: &'a [(String, String)],
}

/// Whether a job has ended.
pub fn has_ended(state: JobState) -> bool {
    matches!(state, JobState::Succeeded | JobState::Failed | JobState::Cancelled | JobState::Skipped)
}

/// The page.
pub fn page(frame: &Frame, shown: &Shown<'_>) -> String {
    let job = shown.job;
    let path = format!("/jobs/{}", job.id);
    let tasks: Vec<Html> = shown.tasks.items.iter().map(|task| rows::task(frame, task)).collect();
    let content = html! {
        p class="crumbs" { "Pipeline " (id_link(&frame.path("/pipelines"), job.pipeline_id)) }
        div class="head" {
            h1 { (client(&job.key)) }
            (state_of(&job.state))
            @if job.paused { (state("paused")) }
            (id(job.id))
        }
        @if let Some(waits) = shown.waiting_for { p class="note" id="waiting_for" { strong { "Why it does not go on: " } (client(waits)) } }
        @if !value_of(shown.asked, "more").is_empty() { p class="note" id="more" { "Failed tasks are many: the first 10 000 were looked at, and those with the error retried. Do it again for the rest." } }
        @if let Some(reason) = &job.reason { p class="note" id="reason" { strong { "Reason: " } (client(reason)) } }
        (counts(job))
        (actions(frame, job, &path))
        (errors(frame, job, shown.errors, &path))
        (tasks_filter(frame, shown, &path))
        (list("Tasks", &rows::TASKS, &tasks, none_of(shown.tasks, "No task fits.")))
        (next(frame, &path, shown.asked, shown.tasks.next_cursor.as_deref()))
        div class="pair" {
            section { h2 { "Settings" } div class="body" { (settings(frame, job)) } }
            (outcomes(frame, job))
            section { h2 { "Payload" } div class="body" { (rows::json(job.payload.text(), Some(&frame.path(&format!("{path}/payload.txt"))))) } }
            section { h2 { "Metadata" } div class="body" { (rows::json(job.metadata.text(), None)) } }
        }
        p { a href=(format!("{}?job_id={}", frame.path("/events"), job.id)) { "Its events" } }
    };
    frame.page(
        &About::new(
            job.key.clone(),
            "Pipelines",
            format!("job:{} pipeline-state:{} outcomes queue workers", job.id, job.pipeline_id),
        ),
        &content,
    )
}

fn counts(job: &Job) -> Html {
    let counts = &job.counts;
    let parts = [
        ("pending", counts.pending),
        ("scheduled", counts.scheduled),
        ("queued", counts.queued),
        ("running", counts.running),
        ("succeeded", counts.succeeded),
        ("failed", counts.failed),
        ("cancelled", counts.cancelled),
        ("skipped", counts.skipped),
    ];
    html! {
        div class="figures" {
            div { b { (words::percent(job.progress.percent)) } span { (bar::bar(counts)) } }
            div { b { (words::number(counts.total)) } span { "tasks" } }
            @for (word, count) in parts { @if count > 0 { div { b { (words::number(count)) } span { (word) } } } }
        }
    }
}

fn actions(frame: &Frame, job: &Job, page: &str) -> Html {
    let mut forms = Vec::new();
    let ended = has_ended(job.state);
    if !ended {
        forms.push(if job.paused {
            Act::new("POST /v1/jobs/{id}/resume", page, "resume", "Resume").form(frame)
        } else {
            Act::new("POST /v1/jobs/{id}/pause", page, "pause", "Pause").form(frame)
        });
    }
    if ended {
        let fields = html! {
            (small_choice("scope", "What to retry", &[("failed", "failed only"), ("all", "everything")], "failed"))
            label class="tick" { input type="checkbox" name="descendants" value="true"; "with all behind it" }
        };
        forms.push(Act::new("POST /v1/jobs/{id}/retry", page, "retry", "Retry").form_with(frame, &fields));
    } else {
        if !job.sealed {
            forms.push(Act::new("POST /v1/jobs/{id}/seal", page, "seal", "Seal").form(frame));
        }
        forms.push(Act::new("POST /v1/jobs/{id}/skip", page, "skip", "Skip").grave().form(frame));
        forms.push(Act::new("POST /v1/jobs/{id}/cancel", page, "cancel", "Cancel").grave().form(frame));
    }
    acts(&forms)
}

fn errors(frame: &Frame, job: &Job, errors: &[JobError], page: &str) -> Html {
    let may = frame.may("POST /v1/tasks/{id}/retry");
    let row = |error: &JobError| {
        html! {
            tr data-id=(error.task_id) {
                td { code { (client_or_none(error.category.as_deref())) } }
                td class="wide" { (client(error.message.as_deref().map(rows::shortened).as_deref().unwrap_or("all others"))) }
                td class="n" { (words::number(error.count)) }
                td { (time(error.newest_at)) }
                td { (id_link(&frame.path("/tasks"), error.task_id)) }
                td {
                    @if may && error.message.is_some() && job.counts.failed > 0 {
                        form class="inline" method="post" action=(frame.path(page)) {
                            (frame.forgery_token())
                            input type="hidden" name="error_task_id" value=(error.task_id);
                            button name="verb" value="retry" { "Retry all of these…" }
                        }
                    }
                }
            }
        }
    };
    let rows: Vec<Html> = errors.iter().map(row).collect();
    section(
        "Errors",
        &["Category", "Message", "#Count", "Newest", "Task", "Retry"],
        &rows,
        "No task of it has failed for good.",
    )
}

fn tasks_filter(frame: &Frame, shown: &Shown<'_>, page: &str) -> Html {
    let words =
        ["", "pending", "scheduled", "queued", "running", "succeeded", "failed", "cancelled", "skipped"];
    let states: Vec<(&str, &str)> =
        words.map(|word| (word, if word.is_empty() { "any" } else { word })).into();
    let fields = choice("state", "State", &states, value_of(shown.asked, "state"));
    crate::forms::filter(frame, page, &fields)
}

fn settings(frame: &Frame, job: &Job) -> Html {
    let dependencies = html! {
        @if job.depends_on.is_empty() { "nothing" }
        @for edge in &job.depends_on { div { (client(&edge.job)) " " span class="quiet" { (words::word(&edge.when)) } } }
    };
    let retry = &job.retry;
    facts(&[
        ("Type", rows::queue_link(frame, &job.r#type)),
        ("Depends on", dependencies),
        (
            "Join",
            html! { (words::word(&job.join)) " " (help("All: every edge has to be met. Any: one is enough.")) },
        ),
        ("Attempts", html! { (retry.max_attempts) }),
        (
            "Delay of a retry",
            html! { (words::length(retry.initial_delay_seconds)) ", times " (retry.factor) ", at most " (words::length(retry.max_delay_seconds)) },
        ),
        (
            "Lease",
            html! { (words::length(job.lease_seconds)) " " (help("A worker that says nothing for so long has lost its task.")) },
        ),
        ("Timeout", html! { (words::length_or_none(job.timeout_seconds)) }),
        ("Failed tasks allowed", html! { (job.max_failed_tasks) }),
        ("Fails fast", html! { (yes(job.fail_fast)) }),
        ("May fail", html! { (yes(job.allow_failure)) }),
        ("Sealed", html! { (yes(job.sealed)) " " (help("Sealed: no more tasks can be added to it.")) }),
        ("Not before", time_or_none(job.run_at)),
        ("Opened", time_or_none(job.opened_at)),
        ("Started", time_or_none(job.started_at)),
        ("Ended", time_or_none(job.ended_at)),
    ])
}

fn outcomes(frame: &Frame, job: &Job) -> Html {
    html! {
        @if !job.outcomes.is_empty() {
            section {
                h2 { "Outcomes" }
                div class="table" role="region" tabindex="0" aria-label="Outcomes by disposition" { table {
                    thead { tr { th scope="col" { "Disposition" } th scope="col" class="n" { "Items" } } }
                    tbody { @for (disposition, count) in &job.outcomes {
                        tr data-id=(clean(disposition)) {
                            td { a href=(format!("{}?job_id={}&disposition={}", frame.path("/outcomes"), job.id, crate::html::encoded(disposition))) { (client(disposition)) } }
                            td class="n" { (words::number(*count)) }
                        }
                    } }
                } }
            }
        }
    }
}
