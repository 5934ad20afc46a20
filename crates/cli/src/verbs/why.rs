//! Why something failed: the newest error, and where to read more.

use windlass_sdk::wire::{Pipeline, Task, TaskState};
use windlass_sdk::{Client, TaskFilter};

use super::table;

/// What went wrong in a pipeline of which tasks have failed; `None` where none has, or where it cannot be read: what is shown beside is worth more.
pub(super) async fn of_pipeline(client: &Client, pipeline: &Pipeline) -> Option<String> {
    let jobs = pipeline.jobs.as_deref().unwrap_or_default();
    if jobs.iter().all(|job| job.counts.failed == 0) {
        return None;
    }
    let filter = TaskFilter {
        pipeline_id: Some(pipeline.id),
        state: Some(TaskState::Failed),
        limit: Some(100),
        ..TaskFilter::default()
    };
    let failed = client.list_tasks(&filter, None).await.ok()?.items;
    let newest = failed.iter().max_by_key(|task| task.ended_at)?;
    let job = jobs.iter().find(|job| job.id == newest.job_id).map(|job| job.key.as_str()).unwrap_or_default();
    of_task(newest).map(|why| format!("{job} failed\n{why}"))
}

/// What went wrong last in a task, and the command that shows its log.
pub(super) fn of_task(task: &Task) -> Option<String> {
    let error = task.error.as_ref()?;
    Some(table::pairs(&[
        ("error", format!("{}: {}", error.category, error.message)),
        ("task", task.id.to_string()),
        ("log", format!("windlass task log {}", task.id)),
    ]))
}
