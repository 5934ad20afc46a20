//! What holds up the jobs of a pipeline that is watched: retries that wait, and types that no worker asks for.
//!
//! The pipeline tells how many tasks wait, not until when, nor who asks. Both are asked of the server beside it, seldom, and only for jobs that stand still.
//! Where that fails nothing is said.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;
use windlass_sdk::wire::{JobInPipeline, JobState, Pipeline, TaskState};
use windlass_sdk::{Client, TaskFilter};

use super::screen::{length, now};

/// How long a job waits for a worker before that is told.
const NOBODY_AFTER: Duration = Duration::from_secs(5);
/// How often one job is asked about.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// The most jobs that are asked about at once.
const MOST: usize = 10;
/// Tasks of a job that are looked at for the next retry.
const LOOKED_AT: u32 = 100;

/// What is known of jobs that stand still.
#[derive(Default)]
pub(super) struct Hints {
    by_job: HashMap<Uuid, Hint>,
}

struct Hint {
    /// Since when it has waited with nothing running.
    since: Instant,
    asked: Option<Instant>,
    text: Option<String>,
}

impl Hints {
    /// What is to be said of a job.
    pub(super) fn of(&self, job: Uuid) -> Option<&str> {
        self.by_job.get(&job)?.text.as_deref()
    }

    /// Looks at the jobs that stand still.
    pub(super) async fn learn(&mut self, client: &Client, pipeline: &Pipeline) {
        let still = pipeline.jobs.iter().flatten().filter(|job| stands_still(pipeline, job));
        let still: Vec<&JobInPipeline> = still.take(MOST).collect();
        self.by_job.retain(|id, _| still.iter().any(|job| job.id == *id));
        for job in still {
            let hint = self.by_job.entry(job.id);
            let hint = hint.or_insert_with(|| Hint { since: Instant::now(), asked: None, text: None });
            if hint.asked.is_some_and(|asked| asked.elapsed() < ASK_EVERY) {
                continue;
            }
            hint.text = if job.counts.scheduled > 0 {
                hint.asked = Some(Instant::now());
                next_try(client, job).await
            } else if hint.since.elapsed() >= NOBODY_AFTER {
                hint.asked = Some(Instant::now());
                nobody(client, job).await
            } else {
                None
            };
        }
    }
}

fn stands_still(pipeline: &Pipeline, job: &JobInPipeline) -> bool {
    let is_open = matches!(job.state, JobState::Queued | JobState::Running);
    let waits = job.counts.scheduled + job.counts.queued > 0;
    is_open && waits && job.counts.running == 0 && !job.paused && !pipeline.paused
}

/// How many tasks of a job wait for their time, and when the first one is due.
async fn next_try(client: &Client, job: &JobInPipeline) -> Option<String> {
    let filter = TaskFilter {
        job_id: Some(job.id),
        state: Some(TaskState::Scheduled),
        limit: Some(LOOKED_AT),
        ..TaskFilter::default()
    };
    let tasks = client.list_tasks(&filter, None).await.ok()?.items;
    let first = tasks.iter().filter(|task| task.run_at.is_some()).min_by_key(|task| task.run_at)?;
    let seconds = (first.run_at? - now()).num_seconds().max(0).unsigned_abs();
    let number = job.counts.scheduled;
    let retries = tasks.iter().all(|task| task.attempt > 0);
    let what = match (retries, number) {
        (true, 1) => "1 retry waits".to_owned(),
        (true, _) => format!("{number} retries wait"),
        (false, 1) => "1 task waits for its time".to_owned(),
        (false, _) => format!("{number} tasks wait for their time"),
    };
    let why = first.error.as_ref().map(|error| format!(" after {}", error.category)).unwrap_or_default();
    Some(format!("{what}{why}, the next in {}", length(seconds)))
}

/// That nobody asks for a job's type.
async fn nobody(client: &Client, job: &JobInPipeline) -> Option<String> {
    let queue = client.get_queue(&job.r#type).await.ok()?;
    if queue.paused {
        return Some(format!("the queue of {} is paused", job.r#type));
    }
    (queue.workers == 0).then(|| format!("no worker asks for {}", job.r#type))
}
