//! Plans deliveries: written in the transaction that moves the reader's position past their events.
//!
//! Where 100,000 of a webhook are pending, further ones are not to be tried: they are kept without a body, the newest 100,000 of them.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::WebhookFormat;

use crate::db::next_id;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Deliveries of a webhook that are pending, at the most.
const MOST_PENDING: i64 = 100_000;
/// Deliveries of a webhook that were never tried, at the most.
const MOST_KEPT: i64 = 100_000;

/// A delivery to be.
#[derive(Debug, Clone)]
pub struct PlannedDelivery {
    /// For whom.
    pub webhook_id: Uuid,
    /// Its own id, which its body may have.
    pub id: Uuid,
    /// The event's number.
    pub event: i64,
    /// The event's id, as it is shown.
    pub event_id: String,
    /// What happened.
    pub kind: String,
    /// In which words.
    pub format: WebhookFormat,
    /// What is sent; `None`: it is not made, since too many are pending.
    pub body: Option<String>,
    /// The webhook has paused itself: it is kept as failed.
    pub paused_itself: bool,
}

/// What became of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// Whether it was carried out: another server may have read on meanwhile.
    pub done: bool,
    /// Deliveries that are to be tried.
    pub pending: usize,
    /// Deliveries that are not, because too many are pending.
    pub overflowed: usize,
}

/// What a webhook's progress was, and how it changes.
struct Progress {
    pending: i64,
    kept: i64,
    new_pending: i64,
    new_kept: i64,
    overflowed: i64,
}

/// A delivery, and what becomes of it.
struct Fate<'a> {
    planned: &'a PlannedDelivery,
    pending: bool,
    overflowed: bool,
}

impl PlannedDelivery {
    /// An id for one.
    pub fn next_id() -> Uuid {
        next_id()
    }
}

impl Store {
    /// Writes deliveries, and moves the reader's position from where their events were read to behind them: both or neither.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn plan_deliveries(
        &self,
        position: i64,
        read_to: i64,
        planned: &[PlannedDelivery],
    ) -> Result<Planned, Error> {
        transact!(self, work => plan(&mut work, position, read_to, planned).await).await
    }
}

async fn plan(
    work: &mut Work,
    position: i64,
    read_to: i64,
    planned: &[PlannedDelivery],
) -> Result<Planned, Interrupt> {
    let moved =
        sqlx::query!("UPDATE webhook_reader SET position = $2 WHERE position = $1", position, read_to,)
            .execute(work.sql())
            .await?;
    if moved.rows_affected() == 0 {
        return Ok(Planned::default());
    }
    sqlx::query!("DELETE FROM webhook_periods WHERE ends_at <= $1", read_to).execute(work.sql()).await?;
    if planned.is_empty() {
        return Ok(Planned { done: true, ..Planned::default() });
    }
    let mut progress = lock(work, planned).await?;
    let fates: Vec<Fate<'_>> = planned.iter().filter_map(|one| decide(one, &mut progress)).collect();
    insert(work, &fates).await?;
    insert_bodies(work, &fates).await?;
    write(work, &progress).await?;
    for (webhook, progress) in &progress {
        let excess = progress.kept + progress.new_kept - MOST_KEPT;
        if excess > 0 {
            forget(work, *webhook, excess).await?;
        }
    }
    Ok(Planned {
        done: true,
        pending: fates.iter().filter(|fate| fate.pending).count(),
        overflowed: fates.iter().filter(|fate| fate.overflowed).count(),
    })
}

/// Locks the progress of the webhooks concerned; one that was deleted has none.
async fn lock(work: &mut Work, planned: &[PlannedDelivery]) -> Result<HashMap<Uuid, Progress>, sqlx::Error> {
    let mut ids: Vec<Uuid> = planned.iter().map(|one| one.webhook_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = sqlx::query!(
        "SELECT webhook_id, pending, kept FROM webhook_progress WHERE webhook_id = ANY($1) ORDER BY webhook_id FOR NO KEY UPDATE",
        &ids,
    );
    let rows = rows.fetch_all(work.sql()).await?;
    let progress = rows.into_iter().map(|row| {
        let progress =
            Progress { pending: row.pending, kept: row.kept, new_pending: 0, new_kept: 0, overflowed: 0 };
        (row.webhook_id, progress)
    });
    Ok(progress.collect())
}

/// What becomes of a delivery; `None`: its webhook has gone.
fn decide<'a>(planned: &'a PlannedDelivery, progress: &mut HashMap<Uuid, Progress>) -> Option<Fate<'a>> {
    let progress = progress.get_mut(&planned.webhook_id)?;
    let room = progress.pending + progress.new_pending < MOST_PENDING;
    let pending = !planned.paused_itself && room && planned.body.is_some();
    let overflowed = !pending && !planned.paused_itself;
    progress.new_pending += i64::from(pending);
    progress.new_kept += i64::from(!pending);
    progress.overflowed += i64::from(overflowed);
    Some(Fate { planned, pending, overflowed })
}

async fn insert(work: &mut Work, fates: &[Fate<'_>]) -> Result<(), sqlx::Error> {
    let text = |value: fn(&PlannedDelivery) -> &str| -> Vec<String> {
        fates.iter().map(|fate| value(fate.planned).to_owned()).collect()
    };
    let id = |value: fn(&PlannedDelivery) -> Uuid| -> Vec<Uuid> {
        fates.iter().map(|fate| value(fate.planned)).collect()
    };
    sqlx::query!(
        "INSERT INTO webhook_deliveries (
             id, webhook_id, event, event_id, type, state, overflowed, kept, created_at, next_attempt_at, ended_at
         )
         SELECT id, webhook_id, event, event_id, type, CASE WHEN pending THEN 'pending' ELSE 'failed' END, overflowed, NOT pending,
                windlass_now(), CASE WHEN pending THEN windlass_now() END, CASE WHEN NOT pending THEN windlass_now() END
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::boolean[])
             AS planned (id, webhook_id, event, event_id, type, pending, overflowed)",
        &id(|planned| planned.id),
        &id(|planned| planned.webhook_id),
        &fates.iter().map(|fate| fate.planned.event).collect::<Vec<_>>(),
        &text(|planned| &planned.event_id),
        &text(|planned| &planned.kind),
        &fates.iter().map(|fate| fate.pending).collect::<Vec<_>>(),
        &fates.iter().map(|fate| fate.overflowed).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Those that overflowed have none, though it may have been made: they take as little room as can be.
async fn insert_bodies(work: &mut Work, fates: &[Fate<'_>]) -> Result<(), sqlx::Error> {
    let with_body = fates.iter().filter(|fate| !fate.overflowed);
    let made: Vec<(&PlannedDelivery, &str)> =
        with_body.filter_map(|fate| Some((fate.planned, fate.planned.body.as_deref()?))).collect();
    if made.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO webhook_bodies (delivery_id, body, format) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])",
        &made.iter().map(|(planned, _)| planned.id).collect::<Vec<_>>(),
        &made.iter().map(|(_, body)| *body).collect::<Vec<_>>() as &[&str],
        &made.iter().map(|(planned, _)| planned.format.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn write(work: &mut Work, progress: &HashMap<Uuid, Progress>) -> Result<(), sqlx::Error> {
    let of = |value: fn(&Progress) -> i64| -> Vec<i64> { progress.values().map(value).collect() };
    sqlx::query!(
        "UPDATE webhook_progress p SET
             pending = p.pending + d.pending, kept = p.kept + d.kept, overflowed = p.overflowed + d.overflowed
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS d (webhook_id, pending, kept, overflowed)
         WHERE p.webhook_id = d.webhook_id",
        &progress.keys().copied().collect::<Vec<_>>(),
        &of(|progress| progress.new_pending),
        &of(|progress| progress.new_kept),
        &of(|progress| progress.overflowed),
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Deletes the oldest that were never tried; one that somebody is about to retry stays, and the next plan deletes another.
async fn forget(work: &mut Work, webhook: Uuid, most: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH oldest AS MATERIALIZED (
             SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND kept ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
         ), bodies AS (
             DELETE FROM webhook_bodies WHERE delivery_id IN (SELECT id FROM oldest)
         ), gone AS (
             DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM oldest) RETURNING 1
         )
         UPDATE webhook_progress SET kept = kept - (SELECT count(*) FROM gone) WHERE webhook_id = $1",
        webhook,
        most,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
