//! One pipeline: its graph, its jobs, and what it waits for.

use chrono::{DateTime, Utc};
use maud::html;
use windlass_wire::{Event, JobInPipeline, Pipeline, Task};

use crate::bar;
use crate::forms::{Act, PRIORITIES, acts, small_choice};
use crate::frame::{About, Frame};
use crate::graph::graph;
use crate::html::{Html, client, client_or_none, encoded, id, id_link, state, state_of, time, time_or_none};
use crate::rows;
use crate::tables::{facts, help, section};
use crate::words;

/// Jobs of a page of the table.
const JOBS: usize = 100;

/// What the page shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The pipeline with its jobs.
    pub pipeline: &'a Pipeline,
    /// Its newest failure.
    pub newest_failure: Option<&'a Task>,
    /// Its newest events.
    pub events: &'a [Event],
    /// The run before, of the same name.
    pub before: Option<&'a Pipeline>,
    /// The page of the table of jobs, from 0.
    pub page: usize,
    /// The job whose group is drawn box by box.
    pub open: &'a str,
}

/// The page.
pub fn page(frame: &Frame, shown: &Shown<'_>) -> String {
    let pipeline = shown.pipeline;
    let jobs = pipeline.jobs.as_deref().unwrap_or_default();
    let content = html! {
        div class="head" {
            h1 { (client(&pipeline.name)) }
            (state_of(&pipeline.state))
            @if pipeline.paused { (state("paused")) }
            (id(pipeline.id))
        }
        (why(pipeline))
        div class="figures" {
            div { b { (words::percent(pipeline.progress.percent)) } span { "done" } }
            div { b { (words::number(jobs.len() as u64)) } span { "jobs" } }
            div { b { (words::between(pipeline.started_at, pipeline.ended_at, frame.now)) } span { "duration" } }
            div { b { (words::number(jobs.iter().map(|job| job.counts.total).sum())) } span { "tasks" } }
        }
        section { h2 { "Graph" } (graph(frame, pipeline.id, jobs, shown.open)) }
        (actions(frame, pipeline))
        (table(frame, shown, jobs))
        @if let Some(task) = shown.newest_failure { (failure(frame, task)) }
        div class="pair" {
            section { h2 { "About it" } div class="body" { (about(frame, shown)) } }
            section { h2 { "Metadata" } div class="body" { (rows::json(pipeline.metadata.text(), None)) } }
            @if let Some(parameters) = &pipeline.parameters { section { h2 { "Parameters" } div class="body" { (rows::json(parameters.text(), None)) } } }
        }
        (section("Newest events", &rows::EVENTS, &shown.events.iter().rev().map(|event| rows::event(frame, event)).collect::<Vec<_>>(), "Nothing has happened to it lately."))
        p { a href=(format!("{}?pipeline_id={}", frame.path("/events"), pipeline.id)) { "All its events" } }
    };
    // Why it does not go on may be a queue or a worker that is missing.
    let causes = if pipeline.ended_at.is_none() { " queue workers" } else { "" };
    let watch = format!("pipeline:{}{causes}", pipeline.id);
    frame.page(&About::new(pipeline.name.clone(), "Pipelines", watch), &content)
}

fn why(pipeline: &Pipeline) -> Html {
    let waits = pipeline.waiting_for.as_ref().and_then(|sentence| sentence.as_deref());
    html! {
        @if let Some(waits) = waits { p class="note" id="waiting_for" { strong { "Why it does not go on: " } (client(waits)) } }
        @if let Some(reason) = &pipeline.reason { p class="note" id="reason" { strong { "Reason: " } (client(reason)) } }
    }
}

fn about(frame: &Frame, shown: &Shown<'_>) -> Html {
    let pipeline = shown.pipeline;
    let from = html! {
        @if let Some(template) = &pipeline.template {
            "template " a href=(frame.path(&format!("/templates/{}", encoded(&template.name)))) { (client(&template.name)) } ", version " (template.version) " "
        }
        @if let Some(schedule) = &pipeline.schedule {
            "schedule " a href=(frame.path(&format!("/schedules/{}", encoded(schedule)))) { (client(schedule)) }
        }
        @if pipeline.template.is_none() && pipeline.schedule.is_none() { "a call of the API" }
    };
    let before = shown.before.map_or_else(crate::html::none, |before| {
        html! { (id_link(&frame.path("/pipelines"), before.id)) " " (state_of(&before.state)) " " (time(before.created_at)) }
    });
    facts(&[
        ("Priority", html! { (words::word(&pipeline.priority)) }),
        ("Correlation id", client(&pipeline.correlation_id)),
        ("Made by", from),
        ("The run before", before),
        ("Created", time(pipeline.created_at)),
        ("Started", time_or_none(pipeline.started_at)),
        ("Ended", time_or_none(pipeline.ended_at)),
        ("Deadline", time_or_none(pipeline.deadline_at)),
        ("Sealed", html! { (yes(pipeline.sealed)) " " (help("Sealed: no more jobs can be added to it.")) }),
        (
            "Fails fast",
            html! { (yes(pipeline.fail_fast)) " " (help("The first job that fails cancels the others.")) },
        ),
        ("Trace", client_or_none(pipeline.traceparent.as_deref())),
    ])
}

pub(crate) fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn actions(frame: &Frame, pipeline: &Pipeline) -> Html {
    let page = format!("/pipelines/{}", pipeline.id);
    let ended = pipeline.state.is_terminal();
    let mut forms = Vec::new();
    if !ended {
        forms.push(if pipeline.paused {
            Act::new("POST /v1/pipelines/{id}/resume", &page, "resume", "Resume").form(frame)
        } else {
            Act::new("POST /v1/pipelines/{id}/pause", &page, "pause", "Pause").form(frame)
        });
    }
    if !ended {
        let priority = small_choice("priority", "Priority", &PRIORITIES, &words::word(&pipeline.priority));
        forms.push(
            Act::new("PATCH /v1/pipelines/{id}", &page, "priority", "Set priority")
                .plain()
                .form_with(frame, &priority),
        );
        if !pipeline.sealed {
            forms.push(Act::new("POST /v1/pipelines/{id}/seal", &page, "seal", "Seal").form(frame));
        }
        forms.push(Act::new("POST /v1/pipelines/{id}/cancel", &page, "cancel", "Cancel").grave().form(frame));
    }
    if ended {
        let all = [("failed", "failed only"), ("all", "everything")];
        let scope = small_choice("scope", "What to retry", &all, "failed");
        forms.push(
            Act::new("POST /v1/pipelines/{id}/retry", &page, "retry", "Retry").form_with(frame, &scope),
        );
        forms.push(Act::new("DELETE /v1/pipelines/{id}", &page, "delete", "Delete").grave().form(frame));
    }
    acts(&forms)
}

fn table(frame: &Frame, shown: &Shown<'_>, jobs: &[JobInPipeline]) -> Html {
    let span = span(shown.pipeline, frame.now);
    let part = jobs.iter().skip(shown.page * JOBS).take(JOBS);
    let rows: Vec<Html> = part.map(|job| row(frame, job, span)).collect();
    let page =
        |page: usize| format!("{}?page={page}", frame.path(&format!("/pipelines/{}", shown.pipeline.id)));
    html! {
        (section("Jobs", &["Job", "Id", "Type", "State", "Tasks", "#Done", "Time line", "#Duration"], &rows, "It has no jobs yet."))
        @if jobs.len() > JOBS {
            nav aria-label="Pages of jobs" class="acts" {
                @if shown.page > 0 { a class="button" rel="prev" href=(page(shown.page - 1)) { "Jobs before" } }
                span class="quiet" { "Jobs " (shown.page * JOBS + 1) " to " (jobs.len().min((shown.page + 1) * JOBS)) " of " (words::number(jobs.len() as u64)) }
                @if (shown.page + 1) * JOBS < jobs.len() { a class="button" rel="next" href=(page(shown.page + 1)) { "Jobs behind" } }
            }
        }
    }
}

type Span = (DateTime<Utc>, DateTime<Utc>);

fn span(pipeline: &Pipeline, now: DateTime<Utc>) -> Span {
    let begin = pipeline.started_at.unwrap_or(pipeline.created_at);
    (begin, pipeline.ended_at.unwrap_or(now).max(begin + chrono::TimeDelta::milliseconds(1)))
}

fn row(frame: &Frame, job: &JobInPipeline, span: Span) -> Html {
    html! {
        tr data-id=(job.id) {
            th scope="row" { a href=(frame.path(&format!("/jobs/{}", job.id))) { (client(&job.key)) } }
            td { (id(job.id)) }
            td { (rows::queue_link(frame, &job.r#type)) }
            td { (state_of(&job.state)) @if job.paused { " " (state("paused")) } }
            td { (bar::bar(&job.counts)) }
            td class="n" { (words::percent(job.progress.percent)) }
            td { (line(job, span, frame.now)) }
            td class="n" { (words::between(job.started_at, job.ended_at, frame.now)) }
        }
    }
}

fn line(job: &JobInPipeline, (begin, end): Span, now: DateTime<Utc>) -> Html {
    let Some(started) = job.started_at else { return crate::html::none() };
    let whole = (end - begin).as_seconds_f64();
    let share = |at: DateTime<Utc>| ((at - begin).as_seconds_f64() / whole * 100.0).clamp(0.0, 100.0);
    let (left, right) = (share(started), share(job.ended_at.unwrap_or(now)));
    let told =
        format!("began {} after the pipeline", words::length((started - begin).as_seconds_f64().max(0.0)));
    html! {
        span class="line" role="img" aria-label=(told) title=(told) {
            i class=(words::word(&job.state)) style=(format!("left:{left:.2}%;width:{:.2}%", (right - left).max(0.7))) {}
        }
    }
}

/// A failure: which task, and its error.
pub(crate) fn failure(frame: &Frame, task: &Task) -> Html {
    html! {
        section id="newest-error" {
            h2 { "Newest error" }
            div class="body" {
                p {
                    (state_of(&task.state)) " " (id_link(&frame.path("/tasks"), task.id)) " of " (rows::queue_link(frame, &task.r#type)) " "
                    (time_or_none(task.ended_at))
                }
                @if let Some(error) = &task.error { p class="note bad" { code { (client(&error.category)) } " " (client(&rows::shortened(&error.message))) } }
            }
        }
    }
}
