//! Tables for people.

use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use windlass_sdk::wire::{JobInPipeline, Json, Pipeline, Task};

use super::words::word;

/// The longest JSON that a table shows.
const JSON_CHARS: usize = 200;

/// Pipelines, a row each.
pub(super) fn pipelines(pipelines: &[Pipeline]) -> String {
    let mut table = headed(&["ID", "NAME", "STATE", "PROGRESS", "PRIORITY", "CREATED"]);
    for pipeline in pipelines {
        table.add_row([
            pipeline.id.to_string(),
            pipeline.name.clone(),
            state(&pipeline.state, pipeline.paused),
            percent(pipeline.progress.percent),
            word(&pipeline.priority),
            instant(Some(pipeline.created_at)),
        ]);
    }
    table.trim_fmt()
}

/// One pipeline with its jobs.
pub(super) fn pipeline(pipeline: &Pipeline) -> String {
    let head = pairs(&[
        ("id", pipeline.id.to_string()),
        ("name", pipeline.name.clone()),
        ("state", state(&pipeline.state, pipeline.paused)),
        ("reason", pipeline.reason.clone().unwrap_or_default()),
        ("progress", percent(pipeline.progress.percent)),
        ("priority", word(&pipeline.priority)),
        ("correlation id", pipeline.correlation_id.clone()),
        ("created", instant(Some(pipeline.created_at))),
        ("started", instant(pipeline.started_at)),
        ("ended", instant(pipeline.ended_at)),
    ]);
    format!("{head}\n\n{}", jobs(pipeline.jobs.as_deref().unwrap_or_default()))
}

fn jobs(jobs: &[JobInPipeline]) -> String {
    let mut table = headed(&["KEY", "TYPE", "STATE", "PROGRESS", "TASKS", "FAILED", "TOOK", "REASON"]);
    for job in jobs {
        table.add_row([
            job.key.clone(),
            job.r#type.clone(),
            state(&job.state, job.paused),
            percent(job.progress.percent),
            job.counts.total.to_string(),
            job.counts.failed.to_string(),
            took(job.started_at, job.ended_at),
            job.reason.clone().unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

/// Tasks, a row each.
pub(super) fn tasks(tasks: &[Task]) -> String {
    let mut table = headed(&["ID", "TYPE", "STATE", "ATTEMPT", "WORKER", "CREATED", "TOOK", "ERROR"]);
    for task in tasks {
        table.add_row([
            task.id.to_string(),
            task.r#type.clone(),
            word(&task.state),
            format!("{}/{}", task.attempt, task.max_attempts),
            task.worker_id.clone().unwrap_or_default(),
            instant(Some(task.created_at)),
            took(task.started_at, task.ended_at),
            task.error.as_ref().map(|error| error.category.clone()).unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

/// One task.
pub(super) fn task(task: &Task) -> String {
    pairs(&[
        ("id", task.id.to_string()),
        ("type", task.r#type.clone()),
        ("state", word(&task.state)),
        ("job", task.job_id.to_string()),
        ("pipeline", task.pipeline_id.to_string()),
        ("attempt", format!("{} of {}", task.attempt, task.max_attempts)),
        ("worker", task.worker_id.clone().unwrap_or_default()),
        ("progress", progress(task)),
        ("payload", short(&task.payload)),
        ("result", task.result.as_ref().map(short).unwrap_or_default()),
        ("error", task.error.as_ref().map(|e| format!("{}: {}", e.category, e.message)).unwrap_or_default()),
        ("created", instant(Some(task.created_at))),
        ("run at", instant(task.run_at)),
        ("started", instant(task.started_at)),
        ("ended", instant(task.ended_at)),
        ("lease ends", instant(task.lease_expires_at)),
    ])
}

/// A state, and whether it is paused.
pub(super) fn state<T: serde::Serialize>(state: &T, paused: bool) -> String {
    if paused { format!("{} (paused)", word(state)) } else { word(state) }
}

/// A share without a fraction; less than all is never shown as 100.
pub(super) fn percent(percent: f64) -> String {
    format!("{:.0}%", percent.floor())
}

fn progress(task: &Task) -> String {
    let Some(progress) = &task.progress else { return String::new() };
    let total = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
    format!("{}{total} {}", progress.current, progress.message.as_deref().unwrap_or_default())
}

fn short(json: &Json) -> String {
    let text = json.text();
    let cut: String = text.chars().take(JSON_CHARS).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

/// How long something took, once it has ended.
fn took(started_at: Option<DateTime<Utc>>, ended_at: Option<DateTime<Utc>>) -> String {
    let length = started_at.zip(ended_at).and_then(|(start, end)| (end - start).to_std().ok());
    length.map(|length| format!("{:.1} s", length.as_secs_f64())).unwrap_or_default()
}

fn headed(header: &[&str]) -> Table {
    let mut table = plain();
    table.set_header(header);
    table
}

/// Names and values; what has no value is left out.
fn pairs(pairs: &[(&str, String)]) -> String {
    let mut table = plain();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([*name, value]);
    }
    table.trim_fmt()
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}
