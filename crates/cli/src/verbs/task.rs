//! `windlass task`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use futures_util::TryStreamExt;
use uuid::Uuid;
use windlass_sdk::wire::{self, Entity, Event, FoundEntity, TaskState};
use windlass_sdk::{EventFilter, TaskFilter};

use super::confirm::{Sure, Why};
use super::ids::{Id, JobId, optional, optional_job};
use super::server::{Server, page};
use super::target::Target;
use super::task_log::Log;
use super::words::{TASK_STATES, one_of};
use super::{complete, output, preview, task_table, why};
use crate::failure::Failure;

/// The arguments of `windlass task`.
#[derive(Args)]
pub(crate) struct Task {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists tasks, the newest first; over all jobs, running ones with the longest first and failed ones with the newest failure first.
    List(List),
    /// Shows a task, and why it failed.
    Get {
        /// The task: its id, or the first 8 or more characters of it.
        #[arg(add = complete::tasks(), value_name = "TASK")]
        id: Id,
    },
    /// Lists the attempts of a task, oldest first, and the reports that came too late.
    Attempts {
        /// The task: its id, or the first 8 or more characters of it.
        #[arg(add = complete::tasks(), value_name = "TASK")]
        id: Id,
    },
    /// Shows what workers wrote into the log of a task, oldest first.
    Log(Log),
    /// Ends a task at once. Asks before.
    Cancel {
        /// The task: its id, or the first 8 or more characters of it.
        #[arg(add = complete::tasks(), value_name = "TASK")]
        id: Id,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Runs an ended task again that has not succeeded.
    Retry {
        /// The task: its id, or the first 8 or more characters of it.
        #[arg(add = complete::tasks(), value_name = "TASK")]
        id: Id,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Args)]
struct List {
    /// Only those of this job: its id, the first 8 or more characters of it, or PIPELINE/KEY.
    #[arg(long, value_name = "JOB", add = complete::jobs())]
    job: Option<JobId>,
    /// Only those of this pipeline: its id, or the first 8 or more characters of it.
    #[arg(long, value_name = "PIPELINE", add = complete::pipelines())]
    pipeline: Option<Id>,
    /// Only those of this type.
    #[arg(long, add = complete::types())]
    r#type: Option<String>,
    /// Only those in this state.
    #[arg(long, value_parser = one_of::<TaskState>(TASK_STATES))]
    state: Option<TaskState>,
    /// Only those that an error of this category has ended: with --state failed, over all jobs.
    #[arg(long)]
    category: Option<String>,
    /// Only those created at this instant or later, as 2026-11-29T20:00:00Z: with --state failed, over all jobs.
    #[arg(long, value_name = "TIME")]
    created_after: Option<DateTime<Utc>>,
    /// Only those that this worker runs, or ran when they failed: with --state running or failed, over all jobs.
    #[arg(long, value_name = "WORKER")]
    worker: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Task {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::List(list) => list.run(target, server).await,
            Verb::Get { id } => get(target, server, of(server, &id).await?).await,
            Verb::Attempts { id } => attempts(target, server, of(server, &id).await?).await,
            Verb::Log(log) => log.run(target, server).await,
            Verb::Cancel { id, why, sure } => {
                let task = server.answer(server.get_task(of(server, &id).await?)).await?;
                sure.confirm(&preview::task(&task), "Cancel it")?;
                show(target, &server.answer(server.cancel_task(task.id, why.text())).await?)
            }
            Verb::Retry { id, why } => {
                let id = of(server, &id).await?;
                show(target, &server.answer(server.retry_task(id, why.text())).await?)
            }
        }
    }
}

async fn of(server: &Server, id: &Id) -> Result<Uuid, Failure> {
    id.of(server, FoundEntity::Task).await
}

async fn get(target: &Target, server: &Server, id: Uuid) -> Result<(), Failure> {
    let task = server.answer(server.get_task(id)).await?;
    show(target, &task)?;
    match why::of_task(&task).filter(|_| !target.json) {
        Some(why) => output::text(&format!("\n{why}")),
        None => Ok(()),
    }
}

fn show(target: &Target, task: &wire::Task) -> Result<(), Failure> {
    output::one(target, task, task_table::task)
}

async fn attempts(target: &Target, server: &Server, id: Uuid) -> Result<(), Failure> {
    let attempts = server.all(server.attempts(id)).await?;
    let events = if target.json { Vec::new() } else { events_of(server, id).await };
    output::list(target, &attempts, "attempts yet", |screen, attempts| {
        task_table::attempts(screen, attempts, &events)
    })?;
    if target.json {
        return Ok(());
    }
    // Below the table: what is long is read line by line.
    attempts.iter().filter_map(why::of_attempt).try_for_each(|why| output::text(&format!("\n{why}")))
}

/// What the audit says of a task; nothing where it may not be read, as by a worker's key, which may see attempts alone.
async fn events_of(server: &Server, id: Uuid) -> Vec<Event> {
    let filter = EventFilter { task_id: Some(id), entity: Some(Entity::Task), ..EventFilter::default() };
    server.events(filter, None).try_collect().await.unwrap_or_default()
}

impl List {
    async fn run(self, target: &Target, server: &Server) -> Result<(), Failure> {
        let filter = TaskFilter {
            job_id: optional_job(server, self.job.as_ref()).await?,
            pipeline_id: optional(server, self.pipeline.as_ref(), FoundEntity::Pipeline).await?,
            r#type: self.r#type,
            state: self.state,
            category: self.category,
            created_after: self.created_after,
            worker_id: self.worker,
            limit: page(self.limit),
        };
        let found = server.some(server.tasks(filter), self.limit).await?;
        output::listed(target, &found, "tasks", task_table::tasks)
    }
}
