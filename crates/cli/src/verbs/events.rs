//! `windlass events`.

use std::pin::pin;

use clap::Args;
use futures_util::{Stream, TryStreamExt};
use windlass_sdk::wire::{Entity, Event, FoundEntity};
use windlass_sdk::{Error, EventFilter, Followed};

use super::details::percent;
use super::ids::{Id, JobId, optional, optional_job};
use super::names::Names;
use super::patience::{note, watchful};
use super::server::{Listed, Server, refused};
use super::target::Target;
use super::words::{ENTITIES, one_of};
use super::{complete, event_table, output};
use crate::failure::Failure;

/// As many as a page has.
const PAGE: u32 = 500;

/// The arguments of `windlass events`.
#[derive(Args)]
pub(crate) struct Events {
    /// Only those of this pipeline, its jobs and its tasks: its id, or the first 8 or more characters of it.
    #[arg(long, value_name = "PIPELINE", add = complete::pipelines())]
    pipeline: Option<Id>,
    /// Only those of this job and its tasks: its id, the first 8 or more characters of it, or PIPELINE/KEY.
    #[arg(long, value_name = "JOB", add = complete::jobs())]
    job: Option<JobId>,
    /// Only those of this task: its id, or the first 8 or more characters of it.
    #[arg(long, value_name = "TASK", add = complete::tasks())]
    task: Option<Id>,
    /// Only those of a pipeline, job, task, queue, key, template, schedule or outcomes themselves.
    #[arg(long, value_parser = one_of::<Entity>(ENTITIES))]
    entity: Option<Entity>,
    /// Only those to this state, such as failed.
    #[arg(long, value_name = "STATE")]
    to: Option<String>,
    /// Only those of jobs of this type and their tasks, and of its queue.
    #[arg(long = "type", value_name = "TYPE", add = complete::types())]
    of_type: Option<String>,
    /// Only those of this template.
    #[arg(long, value_name = "NAME", add = complete::templates())]
    template: Option<String>,
    /// Only those of this schedule.
    #[arg(long, value_name = "NAME", add = complete::schedules())]
    schedule: Option<String>,
    /// Those that came behind the event with this id, oldest first, rather than the newest.
    #[arg(long, value_name = "EVENT")]
    after: Option<String>,
    /// At most so many; the last one shown is the newest.
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
    pub(super) async fn run(mut self, before: &Target) -> Result<(), Failure> {
        self.target = std::mem::take(&mut self.target).or(before);
        let server = self.target.server()?;
        let filter = self.filter(&server).await?;
        if self.follow { self.follow(&server, filter).await } else { self.list(&server, filter).await }
    }

    async fn list(self, server: &Server, filter: EventFilter) -> Result<(), Failure> {
        let events = match &self.after {
            Some(after) => server.some(server.events(filter, Some(after)), self.limit).await?,
            None => self.newest(server, filter).await?,
        };
        let mut names = Names::default();
        if !self.target.json {
            names.learn(server, &events.items).await;
        }
        let is_newest = self.after.is_none();
        let shown = Listed { is_cut: events.is_cut && !is_newest, items: events.items };
        output::listed(&self.target, &shown, "events", |screen, events| {
            event_table::events(screen, events, &names)
        })?;
        if events.is_cut && is_newest {
            let number = shown.items.len();
            note(&format!(
                "these are the newest {number}, and there are older ones: --limit {} shows more",
                number.max(1) * 10
            ));
        }
        Ok(())
    }

    /// The newest that are asked for, at most as many as a page has.
    async fn newest(&self, server: &Server, filter: EventFilter) -> Result<Listed<Event>, Failure> {
        let one_more = u32::try_from(self.limit.saturating_add(1)).unwrap_or(u32::MAX);
        let filter = EventFilter { limit: Some(one_more.min(PAGE)), ..filter };
        let mut items = server.answer(server.newest_events(&filter)).await?.items;
        let most = self.limit.min(PAGE as usize - 1);
        let is_cut = items.len() > most;
        items.drain(..items.len().saturating_sub(most));
        Ok(Listed { items, is_cut })
    }

    async fn follow(&self, server: &Server, filter: EventFilter) -> Result<(), Failure> {
        let after = self.after.as_deref();
        let from = if after.is_some() { "from there" } else { "from now on" };
        note(&format!("events {from}, as they happen; Ctrl-C ends this"));
        if self.progress {
            self.print(server, server.follow_events_and_progress(filter, after)).await
        } else {
            let events = server.follow_events(filter, after);
            self.print(server, events.map_ok(|event| Followed::Event(Box::new(event)))).await
        }
    }

    async fn print(
        &self,
        server: &Server,
        followed: impl Stream<Item = Result<Followed, Error>>,
    ) -> Result<(), Failure> {
        let (mut followed, mut names) = (pin!(followed), Names::default());
        while let Some(followed) = watchful(server, followed.try_next()).await.map_err(refused)? {
            output::text(&match followed {
                Followed::Event(event) if self.target.json => serde_json::to_string(&event)?,
                Followed::Event(event) => {
                    names.learn(server, std::slice::from_ref(&*event)).await;
                    event_table::event(&event, &names)
                }
                Followed::Progress(line) if self.target.json => serde_json::to_string(&line)?,
                Followed::Progress(line) => {
                    let job = names.of(line.job_id).map_or_else(|| line.job_id.to_string(), str::to_owned);
                    format!("job  {job}  {}", percent(line.percent))
                }
            })?;
        }
        Ok(())
    }

    async fn filter(&self, server: &Server) -> Result<EventFilter, Failure> {
        Ok(EventFilter {
            pipeline_id: optional(server, self.pipeline.as_ref(), FoundEntity::Pipeline).await?,
            job_id: optional_job(server, self.job.as_ref()).await?,
            task_id: optional(server, self.task.as_ref(), FoundEntity::Task).await?,
            entity: self.entity,
            to: self.to.clone(),
            r#type: self.of_type.clone(),
            template: self.template.clone(),
            schedule: self.schedule.clone(),
            limit: None,
        })
    }
}
