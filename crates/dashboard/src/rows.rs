//! Rows that several pages have.

use maud::html;
use windlass_wire::{Event, Pipeline, Task, TaskState};

use crate::frame::Frame;
use crate::html::{
    Html, clean, client, client_or_none, encoded, id, id_link, none, state, state_of, time, time_or_none,
};
use crate::words;

/// The heads of pipelines.
pub(crate) const PIPELINES: [&str; 7] = ["Pipeline", "Id", "State", "#Done", "Created", "#Age", "#Duration"];

/// A row of a pipeline.
pub(crate) fn pipeline(frame: &Frame, pipeline: &Pipeline) -> Html {
    html! {
        tr data-id=(pipeline.id) {
            th scope="row" { a href=(frame.path(&format!("/pipelines/{}", pipeline.id))) { (client(&pipeline.name)) } }
            td { (id(pipeline.id)) }
            td { (state_of(&pipeline.state)) @if pipeline.paused { " " (state("paused")) } @if pipeline.cancelling { " " span class="quiet" { "cancelling" } } }
            td class="n" { (words::percent(pipeline.progress.percent)) }
            td { (time(pipeline.created_at)) }
            td class="n" { (words::between(Some(pipeline.created_at), None, frame.now)) }
            td class="n" { (words::between(pipeline.started_at, pipeline.ended_at, frame.now)) }
        }
    }
}

/// The heads of tasks.
pub(crate) const TASKS: [&str; 7] = ["Task", "Type", "State", "#Attempt", "Started", "#Duration", "Error"];

/// A row of a task.
pub(crate) fn task(frame: &Frame, task: &Task) -> Html {
    task_cells(frame, task, &Html::default())
}

/// The same with a box to tick.
pub(crate) fn task_to_tick(frame: &Frame, task: &Task) -> Html {
    let tick = html! { input type="checkbox" name="id" value=(task.id) aria-label=(format!("Task {}", &task.id.to_string()[..8])) form="ticked"; " " };
    task_cells(frame, task, &tick)
}

fn task_cells(frame: &Frame, task: &Task, tick: &Html) -> Html {
    html! {
        tr data-id=(task.id) {
            td { (tick) (id_link(&frame.path("/tasks"), task.id)) }
            td { (queue_link(frame, &task.r#type)) }
            td { (state_of(&task.state)) }
            td class="n" { (task.attempt) " / " (task.max_attempts) }
            td {
                @if task.state == TaskState::Scheduled { "due " (time_or_none(task.run_at)) }
                @else { (time_or_none(task.started_at)) }
            }
            td class="n" { (words::between(task.started_at, task.ended_at, frame.now)) }
            td class="wide" {
                @match &task.error { Some(error) => { code { (client(&error.category)) } " " (client(&shortened(&error.message))) }, None => (none()) }
            }
        }
    }
}

/// A long text's beginning.
pub(crate) fn shortened(text: &str) -> String {
    if text.chars().count() <= 200 {
        text.to_owned()
    } else {
        text.chars().take(199).chain(['…']).collect()
    }
}

/// A link to the page of a type.
pub(crate) fn queue_link(frame: &Frame, name: &str) -> Html {
    html! { a href=(frame.path(&format!("/queues/{}", encoded(name)))) { (client(name)) } }
}

/// The heads of events.
pub(crate) const EVENTS: [&str; 6] = ["When", "What", "From → to", "By", "Reason", "Of"];

/// A row of an event.
pub(crate) fn event(frame: &Frame, event: &Event) -> Html {
    let by = event.caller.as_deref().or(event.worker_id.as_deref()).or(event.actor.as_deref());
    html! {
        tr data-id=(clean(&event.id)) {
            td { (time(event.at)) }
            td { (words::word(&event.entity)) @if let Some(flag) = &event.flag { " " span class="quiet" { (words::word(flag)) } } }
            td { @if let Some(from) = &event.from { (client(from)) " → " } (state(&event.to)) }
            td { @if let Some(name) = &event.caller_name { (client(name)) " · " } (client_or_none(by)) }
            td class="wide" { (client_or_none(event.reason.as_deref())) }
            td { (subject(frame, event)) }
        }
    }
}

fn subject(frame: &Frame, event: &Event) -> Html {
    html! {
        @if let Some(id) = event.task_id { "task " (id_link(&frame.path("/tasks"), id)) }
        @else if let Some(id) = event.job_id { "job " (id_link(&frame.path("/jobs"), id)) }
        @else if let Some(id) = event.pipeline_id { "pipeline " (id_link(&frame.path("/pipelines"), id)) }
        @else if let Some(id) = event.webhook_id { "webhook " (id_link(&frame.path("/webhooks"), id)) }
        @else if let Some(name) = &event.schedule { "schedule " a href=(frame.path(&format!("/schedules/{}", encoded(name)))) { (client(name)) } }
        @else if let Some(name) = &event.template { "template " a href=(frame.path(&format!("/templates/{}", encoded(name)))) { (client(name)) } }
        @else if let Some(name) = &event.r#type { (queue_link(frame, name)) }
        @else if let Some(key) = event.key_id { "key " (id(key)) }
        @else { (none()) }
    }
}

/// JSON to read: the first 16 KiB, and a link to the whole where there is more.
pub(crate) fn json(text: &str, whole: Option<&str>) -> Html {
    const SHOWN: usize = 16 * 1024;
    if text.len() <= SHOWN {
        let shown = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|_| pretty(text));
        return html! { pre tabindex="0" { (client(shown.as_deref().unwrap_or(text))) } };
    }
    let mut end = SHOWN;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    html! {
        pre tabindex="0" { (client(&text[..end])) }
        p class="quiet" {
            "The first 16 KiB of " (words::number(text.len() as u64)) " bytes. "
            @if let Some(whole) = whole { a href=(whole) download { "Download all of it" } }
        }
    }
}

/// The text with line ends and indents, and otherwise as it was written: numbers stay what they are.
fn pretty(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut within, mut escaped) = (0_usize, false, false);
    let mut characters = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(character) = characters.next() {
        if within {
            out.push(character);
            within = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                within = true;
                out.push('"');
            }
            '{' | '[' => {
                out.push(character);
                while characters.peek().is_some_and(|next| next.is_whitespace()) {
                    characters.next();
                }
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    if depth > 40 {
                        return None;
                    }
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            space if space.is_whitespace() => {}
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_its_values_are_as_they_were_written() {
        let shown = pretty(r#"{"a":[1e400,-0,{}],"b":"x\",[\\","c":[ ]}"#).unwrap_or_default();
        assert_eq!(
            shown,
            "{\n  \"a\": [\n    1e400,\n    -0,\n    {}\n  ],\n  \"b\": \"x\\\",[\\\\\",\n  \"c\": []\n}"
        );
    }

    #[test]
    fn only_the_first_16_kib_are_shown() {
        let text = format!("\"{}\"", "é".repeat(20_000));
        let shown = json(&text, Some("/whole")).into_string();
        assert!(shown.len() < 17_000 && shown.contains("/whole"), "{}", shown.len());
    }
}
