//! `max_running`, exact over replicas and crashes.
//!
//! A dequeue locks the rows of its limited queues before it reads how many tasks run, and reads that in a second statement. In one statement
//! the snapshot would predate the lock, and one task too many would be leased. Only dequeues and PATCH take this lock; reports, which free
//! capacity, do not. Capacity is computed from the running counters themselves, so a crash leaks none: its leases expire.

use crate::work::Work;

/// The limited ones among the types asked, and how many tasks of each may still be leased. Their queue rows are locked.
#[derive(Default)]
pub(crate) struct Capacity {
    pub(crate) types: Vec<String>,
    pub(crate) free: Vec<i64>,
}

/// Locks the queue rows of those of these types that have a limit.
pub(crate) async fn lock_limited(work: &mut Work, types: &[String]) -> Result<Capacity, sqlx::Error> {
    let limits = sqlx::query!(
        "SELECT type, max_running AS \"max_running!\" FROM queues
         WHERE type = ANY($1) AND max_running IS NOT NULL ORDER BY type FOR NO KEY UPDATE",
        types,
    )
    .fetch_all(work.sql())
    .await?;
    let limited: Vec<String> = limits.iter().map(|limit| limit.r#type.clone()).collect();
    work.memory.limited_types.note(types, &limited);
    if limited.is_empty() {
        return Ok(Capacity::default());
    }
    let running = sqlx::query!(
        "SELECT t.type AS \"type!\", coalesce(sum(c.running), 0)::bigint AS \"running!\"
         FROM unnest($1::text[]) AS t (type) LEFT JOIN queue_counts c ON c.type = t.type GROUP BY t.type ORDER BY t.type",
        &limited,
    )
    .fetch_all(work.sql())
    .await?;
    let free =
        limits.iter().zip(running).map(|(limit, now)| (i64::from(limit.max_running) - now.running).max(0));
    Ok(Capacity { free: free.collect(), types: limited })
}
