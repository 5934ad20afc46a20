//! `windlass events`.

use clap::Args;
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::EventFilter;
use windlass_sdk::wire::Event;

use super::target::{Target, refused};
use super::{output, table};
use crate::failure::Failure;

/// The arguments of `windlass events`.
#[derive(Args)]
pub(crate) struct Events {
    /// Only those of this pipeline, its jobs and its tasks.
    #[arg(long, value_name = "ID")]
    pipeline: Option<Uuid>,
    /// Only those of this job and its tasks.
    #[arg(long, value_name = "ID", conflicts_with = "follow")]
    job: Option<Uuid>,
    /// Only those of this task.
    #[arg(long, value_name = "ID", conflicts_with = "follow")]
    task: Option<Uuid>,
    /// Only those behind the event with this id.
    #[arg(long, value_name = "EVENT")]
    after: Option<String>,
    /// At most so many, the oldest first.
    #[arg(long, default_value_t = 50, conflicts_with = "follow")]
    limit: usize,
    /// Goes on as events happen: from now on, or behind --after. A line each; JSON with --json.
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    target: Target,
}

impl Events {
    pub(super) async fn run(self) -> Result<(), Failure> {
        if self.follow { self.follow().await } else { self.list().await }
    }

    async fn list(self) -> Result<(), Failure> {
        let filter = EventFilter {
            pipeline_id: self.pipeline,
            job_id: self.job,
            task_id: self.task,
            limit: u32::try_from(self.limit.clamp(1, 500)).ok(),
        };
        let events = self.target.client()?.events(filter, self.after.as_deref()).take(self.limit);
        let events: Vec<_> = events.try_collect().await.map_err(refused)?;
        if self.target.json { output::json(&events) } else { output::text(&table::events(&events)) }
    }

    async fn follow(self) -> Result<(), Failure> {
        let events = self.target.client()?.follow_events(self.pipeline, self.after.as_deref());
        let mut events = std::pin::pin!(events);
        while let Some(event) = events.try_next().await.map_err(refused)? {
            output::text(&self.line(&event)?)?;
        }
        Ok(())
    }

    fn line(&self, event: &Event) -> Result<String, Failure> {
        Ok(if self.target.json { serde_json::to_string(event)? } else { table::event(event) })
    }
}
