//! Tables for people.

use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use windlass_sdk::wire::{
    Attempt, Event, Job, JobInPipeline, Json, Key, Pipeline, Queue, Task, Template, Worker,
};

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
        ("cancelling", if pipeline.cancelling { "yes" } else { "" }.to_owned()),
        ("reason", pipeline.reason.clone().unwrap_or_default()),
        ("progress", percent(pipeline.progress.percent)),
        ("priority", word(&pipeline.priority)),
        ("correlation id", pipeline.correlation_id.clone()),
        ("created", instant(Some(pipeline.created_at))),
        ("started", instant(pipeline.started_at)),
        ("ended", instant(pipeline.ended_at)),
        ("deadline", instant(pipeline.deadline_at)),
        (
            "template",
            pipeline
                .template
                .as_ref()
                .map(|from| format!("{} {}", from.name, from.version))
                .unwrap_or_default(),
        ),
        ("parameters", pipeline.parameters.as_ref().map(short).unwrap_or_default()),
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

/// Jobs wherever they are, a row each.
pub(super) fn jobs_by_id(jobs: &[Job]) -> String {
    let mut table = headed(&["ID", "KEY", "TYPE", "STATE", "PROGRESS", "TASKS", "FAILED", "CREATED"]);
    for job in jobs {
        table.add_row([
            job.id.to_string(),
            job.key.clone(),
            job.r#type.clone(),
            state(&job.state, job.paused),
            percent(job.progress.percent),
            job.counts.total.to_string(),
            job.counts.failed.to_string(),
            instant(Some(job.created_at)),
        ]);
    }
    table.trim_fmt()
}

/// One job.
pub(super) fn job(job: &Job) -> String {
    let counts = &job.counts;
    pairs(&[
        ("id", job.id.to_string()),
        ("key", job.key.clone()),
        ("type", job.r#type.clone()),
        ("state", state(&job.state, job.paused)),
        ("reason", job.reason.clone().unwrap_or_default()),
        ("pipeline", job.pipeline_id.to_string()),
        ("sealed", if job.sealed { "yes" } else { "no" }.to_owned()),
        ("progress", percent(job.progress.percent)),
        ("tasks", counts.total.to_string()),
        ("waiting", (counts.pending + counts.scheduled + counts.queued).to_string()),
        ("running", counts.running.to_string()),
        ("succeeded", counts.succeeded.to_string()),
        ("failed", counts.failed.to_string()),
        ("cancelled", counts.cancelled.to_string()),
        ("skipped", counts.skipped.to_string()),
        ("outcomes", outcomes(job)),
        ("payload", short(&job.payload)),
        ("created", instant(Some(job.created_at))),
        ("opened", instant(job.opened_at)),
        ("started", instant(job.started_at)),
        ("ended", instant(job.ended_at)),
    ])
}

/// How many outcomes of each disposition a job has.
fn outcomes(job: &Job) -> String {
    let counts = job.outcomes.iter().map(|(word, number)| format!("{number} {word}"));
    counts.collect::<Vec<_>>().join(", ")
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
        ("checkpoint", task.checkpoint.as_ref().map(short).unwrap_or_default()),
        ("error", task.error.as_ref().map(|e| format!("{}: {}", e.category, e.message)).unwrap_or_default()),
        ("created", instant(Some(task.created_at))),
        ("run at", instant(task.run_at)),
        ("started", instant(task.started_at)),
        ("ended", instant(task.ended_at)),
        ("lease ends", instant(task.lease_expires_at)),
    ])
}

/// A task's attempts, a row each, with the names of the keys that took it, as far as its events tell.
pub(super) fn attempts(attempts: &[Attempt], events: &[Event]) -> String {
    let mut table = headed(&["ATTEMPT", "OUTCOME", "WORKER", "CALLER", "STARTED", "ENDED", "TOOK", "ERROR"]);
    for attempt in attempts {
        let error = attempt.error.as_ref().map(|error| format!("{}: {}", error.category, error.message));
        table.add_row([
            attempt.number.to_string(),
            word(&attempt.outcome),
            attempt.worker_id.clone(),
            taken_by(attempt, events).unwrap_or_default(),
            instant(Some(attempt.started_at)),
            instant(attempt.ended_at),
            took(Some(attempt.started_at), attempt.ended_at),
            error.unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

/// The key by which a worker took the task: a released attempt gives its number to the next one, so it is known by its start as well.
fn taken_by(attempt: &Attempt, events: &[Event]) -> Option<String> {
    let took = |event: &&Event| {
        event.to == "running" && event.attempt == Some(attempt.number) && event.at == attempt.started_at
    };
    events.iter().find(took)?.caller.clone()
}

/// Queues, a row each.
pub(super) fn queues(queues: &[Queue]) -> String {
    let mut table =
        headed(&["TYPE", "PAUSED", "LIMIT", "QUEUED", "SCHEDULED", "RUNNING", "OLDEST", "WORKERS", "REASON"]);
    for queue in queues {
        table.add_row([
            queue.r#type.clone(),
            if queue.paused { "yes" } else { "no" }.to_owned(),
            queue.max_running.map_or_else(|| "none".to_owned(), |most| most.to_string()),
            queue.queued.to_string(),
            queue.scheduled.to_string(),
            queue.running.to_string(),
            queue.oldest_queued_seconds.map(|seconds| format!("{seconds:.1} s")).unwrap_or_default(),
            queue.workers.to_string(),
            queue.reason.clone().unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

/// Keys, a row each.
pub(super) fn keys(keys: &[Key]) -> String {
    let mut table =
        headed(&["ID", "NAME", "SCOPES", "TYPES", "PREFIX", "CREATED", "EXPIRES", "LAST USED", "REVOKED"]);
    for key in keys {
        table.add_row([
            key.id.to_string(),
            key.name.clone(),
            scopes(key),
            key.types.as_ref().map(|types| types.join(" ")).unwrap_or_default(),
            key.prefix.clone(),
            instant(Some(key.created_at)),
            instant(key.expires_at),
            instant(key.last_used_at),
            instant(key.revoked_at),
        ]);
    }
    table.trim_fmt()
}

/// One key.
pub(super) fn key(key: &Key) -> String {
    let most = key.max_requests_per_second.map(|most| format!("{most} a second"));
    pairs(&[
        ("id", key.id.to_string()),
        ("name", key.name.clone()),
        ("scopes", scopes(key)),
        ("types", key.types.as_ref().map(|types| types.join(" ")).unwrap_or_default()),
        ("prefix", key.prefix.clone()),
        ("calls", most.unwrap_or_default()),
        ("created", instant(Some(key.created_at))),
        ("created by", key.created_by.clone().unwrap_or_default()),
        ("expires", instant(key.expires_at)),
        ("last used", instant(key.last_used_at)),
        ("rotated", instant(key.rotated_at)),
        ("prefix before", key.previous_prefix.clone().unwrap_or_default()),
        ("overlap until", instant(key.overlap_until)),
        ("revoked", instant(key.revoked_at)),
        ("reason", key.reason.clone().unwrap_or_default()),
    ])
}

fn scopes(key: &Key) -> String {
    key.scopes.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Templates, a row each.
pub(super) fn templates(templates: &[Template]) -> String {
    let mut table = headed(&["NAME", "VERSION", "CREATED", "BY", "DESCRIPTION"]);
    for template in templates {
        table.add_row([
            template.name.clone(),
            template.version.to_string(),
            instant(Some(template.created_at)),
            template.created_by.clone().unwrap_or_default(),
            template.description.clone().unwrap_or_default(),
        ]);
    }
    table.trim_fmt()
}

/// One template, its texts as indented JSON.
pub(super) fn template(template: &Template) -> serde_json::Result<String> {
    let head = pairs(&[
        ("name", template.name.clone()),
        ("version", template.version.to_string()),
        ("description", template.description.clone().unwrap_or_default()),
        ("created", instant(Some(template.created_at))),
        ("by", template.created_by.clone().unwrap_or_default()),
    ]);
    let indented = |json: &Json| serde_json::to_string_pretty(&json.parse::<serde_json::Value>()?);
    let (parameters, pipeline) = (indented(&template.parameters)?, indented(&template.pipeline)?);
    Ok(format!("{head}\n\nparameters {parameters}\n\npipeline {pipeline}"))
}

/// Workers, a row each.
pub(super) fn workers(workers: &[Worker]) -> String {
    let mut table = headed(&["ID", "RUNNING", "LAST SEEN", "TYPES"]);
    for worker in workers {
        table.add_row([
            worker.id.clone(),
            worker.running.to_string(),
            instant(Some(worker.last_seen_at)),
            worker.types.join(" "),
        ]);
    }
    table.trim_fmt()
}

/// Events, a row each.
pub(super) fn events(events: &[Event]) -> String {
    let mut table = headed(&["AT", "WHAT", "ID", "CHANGE", "BY", "CALLER", "REASON", "EVENT"]);
    for event in events {
        table.add_row(cells(event));
    }
    table.trim_fmt()
}

/// One event, as a line.
pub(super) fn event(event: &Event) -> String {
    cells(event).iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join("  ")
}

fn cells(event: &Event) -> [String; 8] {
    let id = event.task_id.or(event.job_id).or(event.pipeline_id).or(event.key_id).map(|id| id.to_string());
    let change = match (event.flag, &event.from) {
        (Some(flag), _) => word(&flag),
        (None, Some(from)) => format!("{from} → {}", event.to),
        (None, None) => format!("→ {}", event.to),
    };
    [
        event.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        word(&event.entity),
        id.or_else(|| event.r#type.clone())
            .or_else(|| event.template.clone())
            .or_else(|| event.schedule.clone())
            .unwrap_or_default(),
        change,
        event.worker_id.clone().or_else(|| event.actor.clone()).unwrap_or_default(),
        event.caller.clone().unwrap_or_default(),
        event.reason.clone().unwrap_or_default(),
        event.id.clone(),
    ]
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

pub(super) fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

/// How long something took, once it has ended.
fn took(started_at: Option<DateTime<Utc>>, ended_at: Option<DateTime<Utc>>) -> String {
    let length = started_at.zip(ended_at).and_then(|(start, end)| (end - start).to_std().ok());
    length.map(|length| format!("{:.1} s", length.as_secs_f64())).unwrap_or_default()
}

pub(super) fn headed(header: &[&str]) -> Table {
    let mut table = plain();
    table.set_header(header);
    table
}

/// Names and values; what has no value is left out.
pub(super) fn pairs(pairs: &[(&str, String)]) -> String {
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
