//! `windlass task`.

use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::TaskFilter;
use windlass_sdk::wire::TaskState;

use super::words::{TASK_STATES, one_of};
use super::{Target, output, refused, table};
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
        }
    }
}

async fn get(target: &Target, id: Uuid) -> Result<(), Failure> {
    let task = target.client()?.get_task(id).await.map_err(refused)?;
    if target.json { output::json(&task) } else { output::text(&table::task(&task)) }
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
