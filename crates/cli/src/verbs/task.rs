//! `windlass task`.

use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{self, Code, Entity, Event, TaskState};
use windlass_sdk::{Client, EventFilter, TaskFilter};

use super::confirm::{Sure, Why};
use super::target::{Target, refused};
use super::task_log::Log;
use super::words::{TASK_STATES, one_of};
use super::{output, preview, table, why};
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
    /// Lists tasks, newest first.
    List(List),
    /// Shows a task.
    Get {
        /// The task.
        id: Uuid,
    },
    /// Lists the attempts of a task, oldest first, and the reports that came too late.
    Attempts {
        /// The task.
        id: Uuid,
    },
    /// Shows what workers wrote into the log of a task, oldest first.
    Log(Log),
    /// Ends a task at once. Asks before.
    Cancel {
        /// The task.
        id: Uuid,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Runs an ended task again that has not succeeded.
    Retry {
        /// The task.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Args)]
struct List {
    /// Only those of this job.
    #[arg(long, value_name = "ID")]
    job: Option<Uuid>,
    /// Only those of this pipeline.
    #[arg(long, value_name = "ID")]
    pipeline: Option<Uuid>,
    /// Only those of this type.
    #[arg(long)]
    r#type: Option<String>,
    /// Only those in this state.
    #[arg(long, value_parser = one_of::<TaskState>(TASK_STATES))]
    state: Option<TaskState>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Task {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self.verb {
            Verb::List(list) => list.run(&self.target).await,
            Verb::Get { id } => get(&self.target, id).await,
            Verb::Attempts { id } => attempts(&self.target, id).await,
            Verb::Log(log) => log.run(&self.target).await,
            Verb::Cancel { id, why, sure } => cancel(&self.target, id, &why, &sure).await,
            Verb::Retry { id, why } => {
                let task = self.target.client()?.retry_task(id, why.text()).await.map_err(refused)?;
                show(&self.target, &task)
            }
        }
    }
}

async fn get(target: &Target, id: Uuid) -> Result<(), Failure> {
    let task = target.client()?.get_task(id).await.map_err(refused)?;
    show(target, &task)?;
    match why::of_task(&task).filter(|_| !target.json) {
        Some(why) => output::text(&format!("\n{why}")),
        None => Ok(()),
    }
}

fn show(target: &Target, task: &wire::Task) -> Result<(), Failure> {
    if target.json { output::json(task) } else { output::text(&table::task(task)) }
}

async fn attempts(target: &Target, id: Uuid) -> Result<(), Failure> {
    let client = target.client()?;
    let attempts: Vec<_> = client.attempts(id).try_collect().await.map_err(refused)?;
    if target.json {
        return output::json(&attempts);
    }
    output::text(&table::attempts(&attempts, &events_of(&client, id).await?))
}

/// What the audit says of a task; nothing to a worker's key, which may see attempts alone.
async fn events_of(client: &Client, id: Uuid) -> Result<Vec<Event>, Failure> {
    let filter = EventFilter { task_id: Some(id), entity: Some(Entity::Task), ..EventFilter::default() };
    match client.events(filter, None).try_collect().await {
        Err(error) if error.code() == Some(Code::Forbidden) => Ok(Vec::new()),
        events => events.map_err(refused),
    }
}

async fn cancel(target: &Target, id: Uuid, why: &Why, sure: &Sure) -> Result<(), Failure> {
    let client = target.client()?;
    let task = client.get_task(id).await.map_err(refused)?;
    sure.confirm(&preview::task(&task), "Cancel it")?;
    show(target, &client.cancel_task(id, why.text()).await.map_err(refused)?)
}

impl List {
    async fn run(self, target: &Target) -> Result<(), Failure> {
        let filter = TaskFilter {
            job_id: self.job,
            pipeline_id: self.pipeline,
            r#type: self.r#type,
            state: self.state,
            limit: u32::try_from(self.limit.clamp(1, 500)).ok(),
        };
        let found: Vec<_> =
            target.client()?.tasks(filter).take(self.limit).try_collect().await.map_err(refused)?;
        if target.json { output::json(&found) } else { output::text(&table::tasks(&found)) }
    }
}
