//! `windlass events`.

use clap::Args;
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{Entity, Event};
use windlass_sdk::{EventFilter, Followed};

use super::target::{Target, refused};
use super::words::{ENTITIES, one_of};
use super::{output, table};
use crate::failure::Failure;

/// The arguments of `windlass events`.
#[derive(Args)]
pub(crate) struct Events {
    /// Only those of this pipeline, its jobs and its tasks.
    #[arg(long, value_name = "ID")]
    pipeline: Option<Uuid>,
    /// Only those of this job and its tasks.
    #[arg(long, value_name = "ID")]
    job: Option<Uuid>,
    /// Only those of this task.
    #[arg(long, value_name = "ID")]
    task: Option<Uuid>,
    /// Only those of a pipeline, job, task, queue, key, template, schedule or outcomes themselves.
    #[arg(long, value_parser = one_of::<Entity>(ENTITIES))]
    entity: Option<Entity>,
    /// Only those to this state, such as failed.
    #[arg(long, value_name = "STATE")]
    to: Option<String>,
    /// Only those of jobs of this type and their tasks, and of its queue.
    #[arg(long = "type", value_name = "TYPE")]
    of_type: Option<String>,
    /// Only those of this template.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Only those of this schedule.
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Only those behind the event with this id.
    #[arg(long, value_name = "EVENT")]
    after: Option<String>,
    /// At most so many, the oldest first.
    #[arg(long, default_value_t = 50, conflicts_with = "follow")]
    limit: usize,
    /// Goes on as events happen: from now on, or behind --after. A line each; JSON with --json.
    #[arg(long, short)]
    follow: bool,
    /// With --follow: also how far the jobs are, at most once a second each.
    #[arg(long, requires = "follow")]
    progress: bool,
    #[command(flatten)]
    target: Target,
}

impl Events {
    pub(super) async fn run(self) -> Result<(), Failure> {
        if self.follow { self.follow().await } else { self.list().await }
    }

    async fn list(self) -> Result<(), Failure> {
        let limit = u32::try_from(self.limit.clamp(1, 500)).ok();
        let filter = EventFilter { limit, ..self.filter() };
        let events = self.target.client()?.events(filter, self.after.as_deref()).take(self.limit);
        let events: Vec<_> = events.try_collect().await.map_err(refused)?;
        if self.target.json { output::json(&events) } else { output::text(&table::events(&events)) }
    }

    async fn follow(self) -> Result<(), Failure> {
        if self.progress {
            return self.follow_with_progress().await;
        }
        let events = self.target.client()?.follow_events(self.filter(), self.after.as_deref());
        let mut events = std::pin::pin!(events);
        while let Some(event) = events.try_next().await.map_err(refused)? {
            output::text(&self.line(&event)?)?;
        }
        Ok(())
    }

    async fn follow_with_progress(self) -> Result<(), Failure> {
        let client = self.target.client()?;
        let followed = client.follow_events_and_progress(self.filter(), self.after.as_deref());
        let mut followed = std::pin::pin!(followed);
        while let Some(followed) = followed.try_next().await.map_err(refused)? {
            output::text(&match followed {
                Followed::Event(event) => self.line(&event)?,
                Followed::Progress(line) if self.target.json => serde_json::to_string(&line)?,
                Followed::Progress(line) => format!("job  {}  {}", line.job_id, table::percent(line.percent)),
            })?;
        }
        Ok(())
    }

    fn filter(&self) -> EventFilter {
        EventFilter {
            pipeline_id: self.pipeline,
            job_id: self.job,
            task_id: self.task,
            entity: self.entity,
            to: self.to.clone(),
            r#type: self.of_type.clone(),
            template: self.template.clone(),
            schedule: self.schedule.clone(),
            limit: None,
        }
    }

    fn line(&self, event: &Event) -> Result<String, Failure> {
        Ok(if self.target.json { serde_json::to_string(event)? } else { table::event(event) })
    }
}
