//! Per-type counters: deltas gathered while a transaction works, written by one statement.
//!
//! Each process adds to a shard of its own; a type's numbers are the sum over its shards, so a single shard may well be
//! negative.

use crate::transaction::Work;

/// What a transaction changes of one type's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct QueueDelta {
    pub(crate) queued: i64,
    pub(crate) scheduled: i64,
    pub(crate) running: i64,
    /// Jobs of the type that became dispatchable.
    pub(crate) epoch: i64,
}

impl Work {
    /// Adds to the counters of a type.
    pub(crate) fn count(&mut self, type_name: &str, delta: QueueDelta) {
        let sum = self.queue_deltas.entry(type_name.to_owned()).or_default();
        sum.queued += delta.queued;
        sum.scheduled += delta.scheduled;
        sum.running += delta.running;
        sum.epoch += delta.epoch;
    }
}

/// Writes the gathered deltas, by type in order; after jobs and before pipeline rows in the lock order.
pub(crate) async fn write(work: &mut Work) -> Result<(), sqlx::Error> {
    let mut deltas = std::mem::take(&mut work.queue_deltas);
    deltas.retain(|_, delta| *delta != QueueDelta::default());
    if deltas.is_empty() {
        return Ok(());
    }
    let shard = work.shard;
    let column = |value: fn(&QueueDelta) -> i64| -> Vec<i64> { deltas.values().map(value).collect() };
    sqlx::query!(
        "INSERT INTO queue_counts AS c (type, shard, queued, scheduled, running, epoch)
         SELECT type, $1, queued, scheduled, running, epoch
         FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
             AS d (type, queued, scheduled, running, epoch)
         ON CONFLICT (type, shard) DO UPDATE SET
             queued = c.queued + excluded.queued,
             scheduled = c.scheduled + excluded.scheduled,
             running = c.running + excluded.running,
             epoch = c.epoch + excluded.epoch",
        shard,
        &deltas.keys().cloned().collect::<Vec<_>>(),
        &column(|delta| delta.queued),
        &column(|delta| delta.scheduled),
        &column(|delta| delta.running),
        &column(|delta| delta.epoch),
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
