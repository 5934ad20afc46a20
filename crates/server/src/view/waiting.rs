//! Why a pipeline does not go on, in one sentence for people.
//!
//! The first cause that holds, the nearest to a person first: a pause, a limit, no worker, a seal that is missing, a time that is ahead. Where tasks
//! run, it goes on, and there is nothing to say; nor where its tasks are in line for workers that ask for them.
//!
//! What it deliberately does not do: decide anything, or be read by programs.

use chrono::SecondsFormat;
use windlass_domain::JobState;
use windlass_store::{Job, Pipeline, Queue};

/// The types of which tasks wait in open jobs, each once: those whose queues may be the cause.
pub(crate) fn types_waiting(pipeline: &Pipeline, jobs: &[Job]) -> Vec<String> {
    if pipeline.state.has_ended() || pipeline.paused || runs(jobs) {
        return Vec::new();
    }
    let waiting = jobs.iter().filter(|job| job.counts.queued > 0 && !job.paused);
    let mut types: Vec<String> = waiting.map(|job| job.type_name.clone()).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// Why it does not go on; `queues` are those of [`types_waiting`], as far as they exist. `None`: it goes on, or has ended.
pub(crate) fn waiting_for(pipeline: &Pipeline, jobs: &[Job], queues: &[Queue]) -> Option<String> {
    if pipeline.state.has_ended() {
        return None;
    }
    if pipeline.paused {
        return Some(
            "The pipeline is paused: nothing more of it is handed out until it is resumed.".to_owned(),
        );
    }
    if runs(jobs) {
        return None;
    }
    let open: Vec<&Job> = jobs.iter().filter(|job| is_open(job)).collect();
    let waiting: Vec<&&Job> = open.iter().filter(|job| job.counts.queued > 0).collect();
    let of_queues: Vec<Option<String>> = waiting
        .iter()
        .map(|job| of_queue(job, queues.iter().find(|queue| queue.type_name == job.type_name)))
        .collect();
    // One that is in line will go on, whatever holds up the others.
    if of_queues.iter().any(Option::is_none) {
        return None;
    }
    let first = of_queues.into_iter().flatten().next();
    first.or_else(|| open.iter().find_map(|job| of_job(job))).or_else(|| nothing_left(pipeline, jobs))
}

/// Why a job that has begun does not go on by itself, whatever the others of its pipeline do; `queue` is that of its type. `None`: it goes on, has ended, or
/// has not begun.
pub(crate) fn job_waiting_for(job: &Job, queue: Option<&Queue>) -> Option<String> {
    if !is_open(job) || job.counts.running > 0 {
        return None;
    }
    if job.counts.queued > 0 { of_queue(job, queue) } else { of_job(job) }
}

fn runs(jobs: &[Job]) -> bool {
    jobs.iter().any(|job| job.counts.running > 0)
}

fn is_open(job: &Job) -> bool {
    matches!(job.state, JobState::Queued | JobState::Running)
}

/// Why a job's tasks that wait are not taken; `None`: they are in line.
fn of_queue(job: &Job, queue: Option<&Queue>) -> Option<String> {
    if job.paused {
        return Some(paused(job));
    }
    let (key, type_name) = (&job.key, &job.type_name);
    let queue = queue?;
    if queue.paused {
        let who = queue.paused_by.as_ref().map(|who| format!(" by {who}")).unwrap_or_default();
        let why = queue.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        return Some(format!("Job {key} waits for its queue, {type_name}, which is paused{who}{why}."));
    }
    if queue.workers == 0 {
        return Some(format!(
            "Job {key} waits for a worker: none has asked for tasks of type {type_name} in the last 5 minutes."
        ));
    }
    let most = queue.max_running.filter(|most| queue.running >= i64::from(*most))?;
    Some(match most {
        0 => format!(
            "Job {key} waits for its queue, {type_name}, whose limit lets nothing run (max_running is 0)."
        ),
        _ => format!(
            "Job {key} waits for its queue, {type_name}, of which as many tasks run as may at once (max_running is {most})."
        ),
    })
}

fn paused(job: &Job) -> String {
    format!("Job {} is paused: nothing more of it is handed out until it is resumed.", job.key)
}

/// Why an open job of which no task waits does not go on.
fn of_job(job: &Job) -> Option<String> {
    let key = &job.key;
    if job.paused {
        return Some(paused(job));
    }
    if job.counts.scheduled > 0 {
        let at = job.run_at.filter(|_| job.started_at.is_none());
        return Some(match at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)) {
            Some(at) => format!("Job {key} waits for its time, {at}."),
            None => format!("Job {key} waits for its next task to be due: a delay, or the next attempt."),
        });
    }
    let is_idle = job.counts.pending + job.counts.queued == 0;
    (is_idle && !job.sealed).then(|| format!("Job {key} takes more tasks: it ends once somebody seals it."))
}

/// Why it has not ended although all its jobs have.
fn nothing_left(pipeline: &Pipeline, jobs: &[Job]) -> Option<String> {
    let all_ended = jobs.iter().all(|job| job.state.has_ended());
    (all_ended && !pipeline.sealed)
        .then(|| "The pipeline takes more jobs: it ends once somebody seals it.".to_owned())
}
