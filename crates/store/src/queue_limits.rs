//! `max_running`, exact over replicas and crashes.
//!
//! A dequeue takes the gate, the queue's row, before it reads how many run, and reads that in a second statement: in one
//! statement the snapshot predates the lock and lets one too many in. Only dequeues and PATCH take the gate; reports, which
//! make room, do not. Slots are the running counters themselves, so a crash leaks none: its leases expire.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::transaction::Work;

/// Types seen with a limit: only their reports make room that somebody may be waiting for.
pub(crate) type Limited = Mutex<HashSet<String>>;

/// Remembers which of these types have a limit.
pub(crate) fn note_limits(known: &Limited, types: &[String], limited: &[String]) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|name| !types.contains(name) || limited.contains(name));
    known.extend(limited.iter().cloned());
}

/// The limited ones among the types asked, and how many of each may still be leased; their gates are held.
#[derive(Default)]
pub(crate) struct Rooms {
    pub(crate) types: Vec<String>,
    pub(crate) rooms: Vec<i64>,
}

pub(crate) async fn take_gates(work: &mut Work, types: &[String]) -> Result<Rooms, sqlx::Error> {
    let limits = sqlx::query!(
        "SELECT type, max_running AS \"max_running!\" FROM queues
         WHERE type = ANY($1) AND max_running IS NOT NULL ORDER BY type FOR NO KEY UPDATE",
        types,
    )
    .fetch_all(work.sql())
    .await?;
    let limited: Vec<String> = limits.iter().map(|limit| limit.r#type.clone()).collect();
    note_limits(&work.limited, types, &limited);
    if limited.is_empty() {
        return Ok(Rooms::default());
    }
    let running = sqlx::query!(
        "SELECT t.type AS \"type!\", coalesce(sum(c.running), 0)::bigint AS \"running!\"
         FROM unnest($1::text[]) AS t (type) LEFT JOIN queue_counts c ON c.type = t.type GROUP BY t.type ORDER BY t.type",
        &limited,
    )
    .fetch_all(work.sql())
    .await?;
    let rooms =
        limits.iter().zip(running).map(|(limit, now)| (i64::from(limit.max_running) - now.running).max(0));
    Ok(Rooms { rooms: rooms.collect(), types: limited })
}
