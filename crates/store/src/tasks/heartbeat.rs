//! `POST /v1/tasks/{id}/heartbeat`, `POST /v1/tasks/heartbeat`, `POST /v1/tasks/{id}/progress`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::seconds;

use super::checkpoint::{CheckpointChanges, write_checkpoints};
use crate::attempts::why_lost;
use crate::input::{Heartbeat, Progress};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// The answer to each: when the lease now expires.
type Renewals = Vec<Result<DateTime<Utc>, Error>>;

impl Store {
    /// Extends leases from now, and writes the checkpoints that have changed; answers each in the order asked. Of several for one lease the last length
    /// counts, and the last checkpoint.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::NotFound`], [`Error::LeaseLost`].
    pub async fn heartbeat(&self, batch: &[Heartbeat]) -> Result<Renewals, Error> {
        transact!(self, work => renew_all(&mut work, batch).await).await
    }

    /// Records progress and extends leases; answers each in the order asked. Of several for one task the last counts.
    ///
    /// # Errors
    /// As [`Store::heartbeat`].
    pub async fn progress(&self, batch: &[Progress]) -> Result<Renewals, Error> {
        let beats: Vec<Heartbeat> = batch
            .iter()
            .map(|progress| Heartbeat {
                id: progress.id,
                token: progress.token,
                lease: None,
                checkpoint: progress.checkpoint.clone(),
            })
            .collect();
        transact!(self, work => record(&mut work, batch, &beats).await).await
    }
}

async fn record(work: &mut Work, batch: &[Progress], beats: &[Heartbeat]) -> Result<Renewals, Interrupt> {
    let renewals = renew_all(work, beats).await?;
    let accepted: HashMap<Uuid, &Progress> = batch
        .iter()
        .zip(&renewals)
        .filter(|(_, renewal)| renewal.is_ok())
        .map(|(progress, _)| (progress.id, progress))
        .collect();
    let latest: Vec<&Progress> = accepted.into_values().collect();
    sqlx::query!(
        "INSERT INTO task_progress (task_id, current, total, message)
         SELECT * FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::text[])
         ON CONFLICT (task_id) DO UPDATE SET
             current = excluded.current, total = excluded.total, message = excluded.message",
        &latest.iter().map(|progress| progress.id).collect::<Vec<_>>(),
        &latest.iter().map(|progress| progress.current).collect::<Vec<_>>(),
        &latest.iter().map(|progress| progress.total).collect::<Vec<_>>() as &[Option<f64>],
        &latest.iter().map(|progress| progress.message.clone()).collect::<Vec<_>>() as &[Option<String>],
    )
    .execute(work.sql())
    .await?;
    Ok(renewals)
}

async fn renew_all(work: &mut Work, batch: &[Heartbeat]) -> Result<Renewals, Interrupt> {
    let renewed = renew(work, batch).await?;
    let is_renewed = |beat: &Heartbeat| renewed.contains_key(&(beat.id, beat.token));
    // Of several for one task the later one counts.
    let changes: CheckpointChanges<'_> = batch
        .iter()
        .filter(|beat| beat.checkpoint.is_said() && is_renewed(beat))
        .map(|beat| (beat.id, beat.checkpoint.json()))
        .collect();
    write_checkpoints(work.sql(), &changes).await?;
    let lost: Vec<Uuid> = batch.iter().filter(|beat| !is_renewed(beat)).map(|beat| beat.id).collect();
    let mut reasons = if lost.is_empty() { Vec::new() } else { why_lost(work, &lost).await? }.into_iter();
    let answer = |beat: &Heartbeat| match renewed.get(&(beat.id, beat.token)) {
        Some(expires_at) => Ok(*expires_at),
        None => Err(reasons.next().expect("every lost lease has its reason")),
    };
    Ok(batch.iter().map(answer).collect())
}

/// Leases end with their job in one transaction, so a lease that exists proves that its job has not ended.
async fn renew(
    work: &mut Work,
    batch: &[Heartbeat],
) -> Result<HashMap<(Uuid, Uuid), DateTime<Utc>>, sqlx::Error> {
    let mut lengths: HashMap<(Uuid, Uuid), Option<f64>> = HashMap::new();
    for beat in batch {
        let length = lengths.entry((beat.id, beat.token)).or_default();
        // One without a length goes on with that of the one before it.
        *length = beat.lease.map(seconds).or(*length);
    }
    let beats: Vec<_> = lengths.into_iter().collect();
    // Each lease by its id and not by a join: the planner, who often sees the table empty, would walk all leases for each.
    let rows = sqlx::query!(
        "WITH held AS MATERIALIZED (
             SELECT l.task_id, h.length
             FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::float8[]) AS beat (id, token, length) ORDER BY id) h
             CROSS JOIN LATERAL (
                 SELECT task_id FROM leases WHERE task_id = h.id AND token = h.token FOR NO KEY UPDATE
             ) l
         ),
         -- Of several beats for one task at most one has its token.
         asked AS MATERIALIZED (SELECT array_agg(task_id) AS ids, array_agg(length) AS lengths FROM held)
         UPDATE leases l SET (lease_seconds, expires_at, due_at) = (
             SELECT
                 next.length,
                 windlass_now() + next.length * interval '1 second',
                 least(windlass_now() + next.length * interval '1 second', l.deadline_at)
             FROM (
                 SELECT coalesce(lengths[array_position(ids, l.task_id)], l.lease_seconds) AS length FROM asked
             ) next
         )
         WHERE l.task_id = ANY(ARRAY(SELECT task_id FROM held))
         RETURNING l.task_id, l.token, l.expires_at",
        &beats.iter().map(|((id, _), _)| *id).collect::<Vec<_>>(),
        &beats.iter().map(|((_, token), _)| *token).collect::<Vec<_>>(),
        &beats.iter().map(|(_, length)| *length).collect::<Vec<_>>() as &[Option<f64>],
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.task_id, row.token), row.expires_at)).collect())
}
