//! Deletes deliveries that ended long ago, and those of webhooks that were deleted, in bounded batches.

use std::time::Duration;

use windlass_domain::seconds;

use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Deliveries that one piece deletes at the most.
const BATCH: i64 = 1_000;

/// One piece of it; how many deliveries it has deleted.
pub(crate) async fn prune_deliveries(store: &Store, retention: Duration) -> Result<usize, Error> {
    let old = transact!(store, work => prune_old(&mut work, retention).await).await?;
    if old > 0 {
        return Ok(old);
    }
    transact!(store, work => prune_remains(&mut work).await).await
}

async fn prune_old(work: &mut Work, retention: Duration) -> Result<usize, Interrupt> {
    let ids = sqlx::query!(
        "SELECT id, webhook_id, kept FROM webhook_deliveries
         WHERE ended_at IS NOT NULL AND ended_at < windlass_now() - $1 * interval '1 second'
         ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        seconds(retention),
        BATCH,
    );
    let rows = ids.fetch_all(work.sql()).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    delete(work, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let mut kept: Vec<_> = rows.iter().filter(|row| row.kept).map(|row| row.webhook_id).collect();
    kept.sort_unstable();
    while let Some(webhook) = kept.first().copied() {
        let gone = kept.iter().take_while(|id| **id == webhook).count();
        kept.drain(..gone);
        sqlx::query!(
            "UPDATE webhook_progress SET kept = greatest(0, kept - $2) WHERE webhook_id = $1",
            webhook,
            i64::try_from(gone).unwrap_or(i64::MAX),
        )
        .execute(work.sql())
        .await?;
    }
    Ok(rows.len())
}

/// What is left of the webhook that was deleted first, as far as a batch goes.
async fn prune_remains(work: &mut Work) -> Result<usize, Interrupt> {
    let remains = sqlx::query_scalar!(
        "SELECT webhook_id FROM webhook_remains ORDER BY webhook_id LIMIT 1 FOR UPDATE SKIP LOCKED"
    );
    let Some(webhook) = remains.fetch_optional(work.sql()).await? else { return Ok(0) };
    let ids = sqlx::query_scalar!(
        "SELECT id FROM webhook_deliveries
         WHERE (webhook_id, id) > ($1::uuid, '00000000-0000-0000-0000-000000000000'::uuid) AND webhook_id <= $1
         ORDER BY webhook_id, id LIMIT $2",
        webhook,
        BATCH,
    );
    let ids = ids.fetch_all(work.sql()).await?;
    if ids.is_empty() {
        sqlx::query!("DELETE FROM webhook_remains WHERE webhook_id = $1", webhook)
            .execute(work.sql())
            .await?;
        return Ok(0);
    }
    delete(work, &ids).await?;
    Ok(ids.len())
}

async fn delete(work: &mut Work, ids: &[uuid::Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM webhook_bodies WHERE delivery_id = ANY($1)", ids).execute(work.sql()).await?;
    sqlx::query!("DELETE FROM webhook_deliveries WHERE id = ANY($1)", ids).execute(work.sql()).await?;
    Ok(())
}
