//! Schedules: when they run next, and how the last runs went.

use maud::html;
use windlass_wire::{Page, Schedule, ScheduleRun, ScheduleRunDetail};

use crate::forms::{Act, acts};
use crate::frame::{About, Frame};
use crate::html::{
    Html, clean, client, client_or_none, encoded, id_link, none, state, state_of, time, time_or_none,
};
use crate::pause::{Pause, note};
use crate::rows;
use crate::tables::{facts, help, next, section};
use crate::words;

fn rhythm(schedule: &Schedule) -> Html {
    html! {
        @match (&schedule.cron, schedule.every_seconds) {
            (Some(cron), _) => code { (client(cron)) },
            (None, Some(every)) => { "every " (words::length(f64::from(every))) }
            (None, None) => (none()),
        }
    }
}

/// The list.
pub fn page(frame: &Frame, asked: &[(String, String)], schedules: &Page<Schedule>) -> String {
    let row = |schedule: &Schedule| {
        html! {
            tr data-id=(clean(&schedule.name)) {
                th scope="row" { a href=(frame.path(&format!("/schedules/{}", encoded(&schedule.name)))) { (client(&schedule.name)) } }
                td { (state(if schedule.paused { "paused" } else { "open" })) }
                td { (rhythm(schedule)) }
                td { (client(&schedule.timezone)) }
                td { (time_or_none(schedule.next_run_at)) }
                td { @match &schedule.last_run { Some(run) => { (state_of(&run.outcome)) " " (time(run.scheduled_at)) }, None => (none()) } }
            }
        }
    };
    let rows: Vec<Html> = schedules.items.iter().map(row).collect();
    let content = html! {
        h1 { "Schedules" }
        (section("All", &["Schedule", "State", "Rhythm", "Zone", "Next run", "Last run"], &rows, "There is no schedule yet. Put one with `PUT /v1/schedules/{name}` or `windlass schedule put`."))
        (next(frame, "/schedules", asked, schedules.next_cursor.as_deref()))
    };
    frame.page(&About::new("Schedules", "Schedules", "schedule"), &content)
}

/// One schedule, with its pause if it is paused; `local` says of each next run how a clock in its zone shows it.
pub fn one(
    frame: &Frame,
    schedule: &Schedule,
    pause: Option<&Pause>,
    local: &[String],
    runs: &[ScheduleRun],
) -> String {
    let page = format!("/schedules/{}", encoded(&schedule.name));
    let upcoming: Vec<Html> = schedule
        .upcoming
        .iter()
        .zip(local)
        .map(|(at, local)| html! { tr data-id=(at.to_rfc3339()) { td { (local) } td { (time(*at)) } td class="n" { "in " (words::length((*at - frame.now).as_seconds_f64().max(0.0))) } } })
        .collect();
    let runs: Vec<Html> = runs.iter().map(|run| run_row(frame, run)).collect();
    let (verb, label) = if schedule.paused { ("resume", "Resume") } else { ("pause", "Pause") };
    let operation = format!("POST /v1/schedules/{{name}}/{verb}");
    let content = html! {
        div class="head" { h1 { (client(&schedule.name)) } (state(if schedule.paused { "paused" } else { "open" })) }
        @if let Some(description) = &schedule.description { p { (client(description)) } }
        (note(pause, schedule.reason.as_deref()))
        (acts(&[
            Act::new(&operation, &page, verb, label).form(frame),
            Act::new("POST /v1/schedules/{name}/trigger", &page, "trigger", "Run now").plain().form(frame),
        ]))
        (section("Next runs", &["In its zone", "In yours", "#From now"], &upcoming, "It will not run again: it is paused, or its end has come."))
        (section("Last runs", &["Time", "Outcome", "Started", "Pipeline", "Detail"], &runs, "It has not run yet."))
        div class="pair" {
            section { h2 { "About it" } div class="body" { (about(frame, schedule)) } }
            section { h2 { "Parameters" } div class="body" { (rows::json(schedule.template.parameters.text(), None)) } }
        }
    };
    frame.page(&About::new(schedule.name.clone(), "Schedules", "schedule pipelines"), &content)
}

fn about(frame: &Frame, schedule: &Schedule) -> Html {
    let template = html! {
        a href=(frame.path(&format!("/templates/{}", encoded(&schedule.template.name)))) { (client(&schedule.template.name)) }
        @match schedule.template.version { Some(version) => { ", version " (version) }, None => ", its newest version" }
    };
    facts(&[
        ("Rhythm", rhythm(schedule)),
        ("Zone", client(&schedule.timezone)),
        ("Template", template),
        (
            "Overlap",
            html! { (words::word(&schedule.overlap)) " " (help("What to do at a time while the run before goes on.")) },
        ),
        (
            "Missed",
            html! { (words::word(&schedule.missed)) " " (help("What to do with times at which no server ran.")) },
        ),
        ("Jitter", html! { (words::length(f64::from(schedule.jitter_seconds))) }),
        ("Starts", time_or_none(schedule.starts_at)),
        ("Ends", time_or_none(schedule.ends_at)),
        ("Changed", time(schedule.updated_at)),
    ])
}

fn run_row(frame: &Frame, run: &ScheduleRun) -> Html {
    html! {
        tr data-id=(run.scheduled_at.to_rfc3339()) {
            td { (time(run.scheduled_at)) }
            td { (state_of(&run.outcome)) }
            td { (time_or_none(run.started_at)) }
            td { @match run.pipeline_id { Some(id) => (id_link(&frame.path("/pipelines"), id)), None => (none()) } }
            td class="wide" { (detail(run.detail.as_ref())) }
        }
    }
}

fn detail(detail: Option<&ScheduleRunDetail>) -> Html {
    match detail {
        Some(ScheduleRunDetail::Failed { code, detail, .. }) => {
            html! { code { (client(code)) } " " (client(detail)) }
        }
        Some(ScheduleRunDetail::Missed { missed, from, to }) => {
            html! { (words::number(*missed)) " times from " (time(*from)) " to " (time(*to)) }
        }
        None => client_or_none(None),
    }
}
