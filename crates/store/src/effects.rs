//! What a transaction's changes lead to: events and counters, written by one statement before the commit; tasks that became ready and what
//! has ended, announced after it.
//!
//! Counters and events are written before pipeline rows are locked: the counters come between jobs and pipelines in the lock order.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::db::Session;
use crate::events::{Actor, Event, Happened};
use crate::jobs::LockedJob;
use crate::memory::Memory;
use crate::queues::QueueDelta;

/// What one transaction leads to.
pub(crate) struct Effects {
    /// The shard of the counters that this transaction adds to.
    pub(crate) shard: i16,
    /// Changes of states, in order, not written yet.
    pub(crate) events: Vec<Event>,
    /// Changes of per-type counters, not written yet.
    counts: BTreeMap<String, QueueDelta>,
    /// What it does to pipelines beside the numbers of their jobs.
    pub(crate) pipeline_marks: BTreeMap<Uuid, PipelineMark>,
    /// By type, how many tasks became ready to lease.
    pub(crate) ready: BTreeMap<String, usize>,
    /// What has ended.
    pub(crate) ended: Happened,
    memory: Arc<Memory>,
}

/// What a transaction does to a pipeline beside the numbers of its jobs.
#[derive(Debug, Clone, Default)]
pub(crate) struct PipelineMark {
    /// `fail_fast` has acted.
    pub(crate) failed_fast: bool,
    /// It is cancelled, and by whom; that seals it.
    pub(crate) cancelled: Option<Actor>,
    /// It is cancelled with clean-up, which seals it as well: it ends with the jobs that are spared.
    pub(crate) cleans_up: bool,
    pub(crate) reason: Option<String>,
}

impl PipelineMark {
    /// Whether it is cancelled, at once or with clean-up.
    pub(crate) fn is_cancel(&self) -> bool {
        self.cancelled.is_some() || self.cleans_up
    }
}

impl Effects {
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            shard: memory.shards.pick(),
            events: Vec::new(),
            counts: BTreeMap::new(),
            pipeline_marks: BTreeMap::new(),
            ready: BTreeMap::new(),
            ended: Happened::default(),
            memory: Arc::clone(memory),
        }
    }

    /// Effects of the same transaction, with nothing in them.
    pub(crate) fn none_yet(&self) -> Self {
        Self { shard: self.shard, ..Self::new(&self.memory) }
    }

    /// Adds what came later.
    pub(crate) fn add(&mut self, later: Self) {
        self.events.extend(later.events);
        for (type_name, delta) in later.counts {
            let sum = self.counts.entry(type_name).or_default();
            sum.queued += delta.queued;
            sum.scheduled += delta.scheduled;
            sum.running += delta.running;
        }
        self.pipeline_marks.extend(later.pipeline_marks);
        for (type_name, tasks) in later.ready {
            *self.ready.entry(type_name).or_default() += tasks;
        }
        self.ended.add(later.ended);
    }

    /// Takes over what a job changed of its type's counters, and announces what it made ready.
    pub(crate) fn count_job(&mut self, before: &LockedJob, after: &LockedJob) {
        let (old, new) = (before.contribution(), after.contribution());
        let sum = self.counts.entry(after.type_name.clone()).or_default();
        sum.queued += new.queued - old.queued;
        sum.scheduled += new.scheduled - old.scheduled;
        sum.running += new.running - old.running;
        // Where a type has a limit, each lease that ended frees capacity for a waiting task.
        if new.running < old.running && self.memory.limited_types.contains(&after.type_name) {
            self.announce(&after.type_name, old.running - new.running);
        }
        if after.is_dispatchable() {
            let before = if before.is_dispatchable() { before.counts.queued } else { 0 };
            self.announce(&after.type_name, after.counts.queued - before);
        }
    }

    /// Tasks of a type became ready to lease, which is announced after the commit.
    pub(crate) fn announce(&mut self, type_name: &str, tasks: i64) {
        if let Ok(tasks @ 1..) = usize::try_from(tasks) {
            *self.ready.entry(type_name.to_owned()).or_default() += tasks;
        }
    }

    /// Writes counters and events collected since the last call: counters by type in order, events in the order of the changes.
    pub(crate) async fn write(&mut self, connection: &mut Session) -> Result<(), sqlx::Error> {
        let mut counts = std::mem::take(&mut self.counts);
        counts.retain(|_, delta| *delta != QueueDelta::default());
        let events = std::mem::take(&mut self.events);
        if counts.is_empty() && events.is_empty() {
            return Ok(());
        }
        let delta = |value: fn(&QueueDelta) -> i64| -> Vec<i64> { counts.values().map(value).collect() };
        let names = |value: fn(&Event) -> &'static str| -> Vec<String> {
            events.iter().map(|event| value(event).to_owned()).collect()
        };
        let text = |value: fn(&Event) -> Option<&str>| -> Vec<Option<String>> {
            events.iter().map(|event| value(event).map(str::to_owned)).collect()
        };
        let id =
            |value: fn(&Event) -> Option<Uuid>| -> Vec<Option<Uuid>> { events.iter().map(value).collect() };
        sqlx::query_file!(
            "src/effects.sql",
            self.shard,
            &counts.keys().cloned().collect::<Vec<_>>(),
            &delta(|delta| delta.queued),
            &delta(|delta| delta.scheduled),
            &delta(|delta| delta.running),
            &names(Event::entity),
            &events.iter().map(|event| event.pipeline_id).collect::<Vec<_>>(),
            &id(|event| event.job_id) as &[Option<Uuid>],
            &id(|event| event.task_id) as &[Option<Uuid>],
            &text(|event| event.from) as &[Option<String>],
            &names(|event| event.to),
            &text(|event| event.flag) as &[Option<String>],
            &text(|event| event.reason.as_deref()) as &[Option<String>],
            &events.iter().map(|event| event.attempt).collect::<Vec<_>>() as &[Option<i32>],
            &text(|event| event.worker_id.as_deref()) as &[Option<String>],
            &names(|event| event.actor.as_str()),
            &text(|event| event.correlation_id.as_deref()) as &[Option<String>],
            &text(|event| event.type_name.as_deref()) as &[Option<String>],
            &events.iter().map(|event| event.actor.key()).collect::<Vec<_>>() as &[Option<i32>],
            &id(|event| event.key_id) as &[Option<Uuid>],
            &text(|event| event.template.as_deref()) as &[Option<String>],
            &text(|event| event.schedule.as_deref()) as &[Option<String>],
            &events.iter().map(|event| event.actor.name()).collect::<Vec<_>>() as &[Option<i32>],
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}
