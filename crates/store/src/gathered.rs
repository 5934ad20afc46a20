//! What a transaction gathers while it works, counters per type and events, and writes by one statement.
//!
//! It is written before the commit, and before pipeline rows are locked: the counters stand between jobs and pipelines in the lock order.

use uuid::Uuid;

use crate::audit::Event;
use crate::queue_counts::QueueDelta;
use crate::transaction::Work;

/// Writes what was gathered since the last call: counters by type in order, events in the order in which the changes happened.
pub(crate) async fn write(work: &mut Work) -> Result<(), sqlx::Error> {
    let mut deltas = std::mem::take(&mut work.queue_deltas);
    deltas.retain(|_, delta| *delta != QueueDelta::default());
    let events = std::mem::take(&mut work.events);
    if deltas.is_empty() && events.is_empty() {
        return Ok(());
    }
    let shard = work.shard;
    let delta = |value: fn(&QueueDelta) -> i64| -> Vec<i64> { deltas.values().map(value).collect() };
    let names = |value: fn(&Event) -> &'static str| -> Vec<String> {
        events.iter().map(|event| value(event).to_owned()).collect()
    };
    let text = |value: fn(&Event) -> Option<&str>| -> Vec<Option<String>> {
        events.iter().map(|event| value(event).map(str::to_owned)).collect()
    };
    let id = |value: fn(&Event) -> Option<Uuid>| -> Vec<Option<Uuid>> { events.iter().map(value).collect() };
    sqlx::query_file!(
        "src/gathered.sql",
        shard,
        &deltas.keys().cloned().collect::<Vec<_>>(),
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
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
