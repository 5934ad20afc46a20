//! Why something failed: the newest error of each job that has one, of which task it is, and where to read more.

use uuid::Uuid;
use windlass_sdk::wire::{Attempt, JobInPipeline, Json, Pipeline, Task, TaskError, TaskState};
use windlass_sdk::{Client, TaskFilter};

use super::cut::{cut, lines, one_line};
use super::words::word;

/// Jobs of a pipeline that are told of.
const MOST_JOBS: usize = 5;
/// Failed tasks that are looked at for a pipeline.
const LOOKED_AT: u32 = 100;
/// The longest message within a sentence.
const SENTENCE_CHARS: usize = 300;
/// Members of a detail that are texts of several lines.
const TRACES: [&str; 4] = ["traceback", "stack", "stacktrace", "trace"];

/// What went wrong in a pipeline of which tasks have failed; `None` where none has, or where it cannot be read: what is shown beside is worth more.
pub(super) async fn of_pipeline(client: &Client, pipeline: &Pipeline) -> Option<String> {
    let failed = failed_jobs(pipeline);
    let tasks = newest(client, pipeline, &failed).await;
    let told = tasks.iter().filter_map(|(job, task)| of_job_task(&job.key, job.counts.failed, task));
    let mut told: Vec<String> = told.collect();
    if told.is_empty() {
        return None;
    }
    if failed.len() > MOST_JOBS {
        let more = failed.len() - MOST_JOBS;
        told.push(format!(
            "{more} more jobs failed: windlass job list --pipeline {} --state failed",
            pipeline.id
        ));
    }
    Some(told.join("\n\n"))
}

/// The same in a sentence.
pub(super) async fn in_short(client: &Client, pipeline: &Pipeline) -> Option<String> {
    let failed = failed_jobs(pipeline);
    let tasks = newest(client, pipeline, failed.get(..1)?).await;
    let (job, task) = tasks.first()?;
    let error = task.error.as_ref()?;
    let message = cut(&one_line(&error.message), SENTENCE_CHARS);
    Some(format!("{}: {}: {message}; its log: windlass task log {}", job.key, error.category, task.id))
}

/// What went wrong last in a job.
pub(super) async fn of_job(client: &Client, id: Uuid, key: &str) -> Option<String> {
    let task = newest_of_job(client, id).await?;
    of_job_task(key, 1, &task)
}

/// What went wrong last in a task, and the command that shows its log.
pub(super) fn of_task(task: &Task) -> Option<String> {
    let error = task.error.as_ref()?;
    let advice = if task.state == TaskState::Failed {
        format!("\nretry  windlass task retry {}", task.id)
    } else {
        String::new()
    };
    Some(format!("error  {}\nlog    windlass task log {}{advice}", whole(error), task.id))
}

/// What went wrong in an attempt, where a row of a table has no room for it.
pub(super) fn of_attempt(attempt: &Attempt) -> Option<String> {
    let error = attempt.error.as_ref()?;
    Some(format!("attempt {} {}: {}", attempt.number, word(&attempt.outcome), whole(error)))
}

fn of_job_task(key: &str, failed: u64, task: &Task) -> Option<String> {
    let error = task.error.as_ref()?;
    let number = if failed > 1 { format!(", {failed} tasks") } else { String::new() };
    let id = task.id;
    Some(format!("{key} failed{number}\nerror  {}\ntask   {id}\nlog    windlass task log {id}", whole(error)))
}

/// An error with all that the worker said of it, line by line.
fn whole(error: &TaskError) -> String {
    let said = format!("{}: {}", error.category, lines(&error.message));
    match error.detail.as_ref().map(detail).filter(|detail| !detail.is_empty()) {
        Some(detail) => format!("{said}\n{detail}"),
        None => said,
    }
}

/// The trace of an error where there is one, else the detail as it is.
fn detail(detail: &Json) -> String {
    let value: serde_json::Value = serde_json::from_str(detail.text()).unwrap_or_default();
    let trace = TRACES.iter().find_map(|name| value.get(name)?.as_str());
    match (trace, &value) {
        (Some(trace), _) => lines(trace),
        (None, serde_json::Value::Null) => String::new(),
        (None, serde_json::Value::String(text)) => lines(text),
        (None, _) => serde_json::to_string_pretty(&value).unwrap_or_default(),
    }
}

fn failed_jobs(pipeline: &Pipeline) -> Vec<&JobInPipeline> {
    pipeline.jobs.iter().flatten().filter(|job| job.counts.failed > 0).collect()
}

/// The newest failed task of each of the first jobs.
async fn newest<'a>(
    client: &Client,
    pipeline: &Pipeline,
    failed: &[&'a JobInPipeline],
) -> Vec<(&'a JobInPipeline, Task)> {
    if failed.is_empty() {
        return Vec::new();
    }
    let filter = TaskFilter {
        pipeline_id: Some(pipeline.id),
        state: Some(TaskState::Failed),
        limit: Some(LOOKED_AT),
        ..TaskFilter::default()
    };
    let Ok(page) = client.list_tasks(&filter, None).await else { return Vec::new() };
    let is_all = page.next_cursor.is_none();
    let mut found = Vec::new();
    for job in failed.iter().take(MOST_JOBS) {
        let of_job = page.items.iter().filter(|task| task.job_id == job.id);
        match of_job.max_by_key(|task| task.ended_at).cloned() {
            Some(task) => found.push((*job, task)),
            None if is_all => {}
            None => found.extend(newest_of_job(client, job.id).await.map(|task| (*job, task))),
        }
    }
    found
}

async fn newest_of_job(client: &Client, id: Uuid) -> Option<Task> {
    let filter = TaskFilter {
        job_id: Some(id),
        state: Some(TaskState::Failed),
        limit: Some(LOOKED_AT),
        ..TaskFilter::default()
    };
    let failed = client.list_tasks(&filter, None).await.ok()?.items;
    failed.into_iter().max_by_key(|task| task.ended_at)
}
