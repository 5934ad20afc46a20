//! What a control would hit, in a sentence.

use windlass_sdk::wire::{Counts, Job, JobInPipeline, Pipeline, Task};

use super::details::state;
use super::words::word;

/// A pipeline and all that hangs on it: some controls hit what is open, some what has ended, too.
pub(super) fn pipeline(pipeline: &Pipeline) -> String {
    let jobs = pipeline.jobs.as_deref().unwrap_or_default();
    let open = jobs.iter().filter(|job| job.ended_at.is_none()).count();
    let tasks = tasks(jobs.iter().map(|job: &JobInPipeline| &job.counts));
    let state = state(&pipeline.state, pipeline.paused);
    format!(
        "pipeline {} ({}, {state}): {open} of {} jobs have not ended, {tasks}",
        pipeline.id,
        pipeline.name,
        jobs.len()
    )
}

/// A job and its tasks.
pub(super) fn job(job: &Job) -> String {
    let state = state(&job.state, job.paused);
    format!("job {} ({}, {state}): {}", job.id, job.key, tasks(std::iter::once(&job.counts)))
}

/// A task, and who runs it.
pub(super) fn task(task: &Task) -> String {
    let attempt = format!("attempt {} of {}", task.attempt, task.max_attempts);
    let worker = task.worker_id.as_ref().map(|worker| format!(", leased to {worker}")).unwrap_or_default();
    format!("task {} ({}, {}): {attempt}{worker}", task.id, task.r#type, word(&task.state))
}

fn tasks<'a>(jobs: impl Iterator<Item = &'a Counts>) -> String {
    let (mut wait, mut run, mut ended) = (0, 0, 0);
    for counts in jobs {
        wait += counts.pending + counts.scheduled + counts.queued;
        run += counts.running;
        ended += counts.succeeded + counts.failed + counts.cancelled + counts.skipped;
    }
    format!("{wait} tasks wait, {run} run and {ended} have ended")
}
