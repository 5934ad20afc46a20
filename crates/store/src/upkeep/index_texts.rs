//! Indexes the texts in metadata of pipelines of before the index, the newest first, in bounded pieces.
//!
//! What is written since is indexed by a trigger. A piece locks its rows of metadata, so that a change of one comes before or after it. Lists do
//! not use the index until the last piece is done. How it fails: a piece that fails has not happened, and is tried again.

use super::batch::BATCH;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Indexes the next 1,000 pipelines; returns of how many, 0 where none are left.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn index_texts(&self) -> Result<usize, Error> {
        transact!(self, work => piece(&mut work).await).await
    }
}

async fn piece(work: &mut Work) -> Result<usize, Interrupt> {
    // Whoever holds the row does the work.
    let below = sqlx::query_scalar!("SELECT below FROM texts_backfill LIMIT 1 FOR UPDATE SKIP LOCKED")
        .fetch_optional(work.sql())
        .await?;
    let Some(below) = below else { return Ok(0) };
    let ids = sqlx::query_scalar!(
        "SELECT pipeline_id FROM pipeline_metadata WHERE pipeline_id < $1
         ORDER BY pipeline_id DESC LIMIT $2 FOR NO KEY UPDATE",
        below,
        BATCH,
    )
    .fetch_all(work.sql())
    .await?;
    sqlx::query!(
        "INSERT INTO pipeline_texts
         SELECT texts.hash, m.pipeline_id
         FROM unnest($1::uuid[]) AS asked (id)
         CROSS JOIN LATERAL (SELECT * FROM pipeline_metadata WHERE pipeline_id = asked.id OFFSET 0) m
         CROSS JOIN LATERAL windlass_text_hashes(m.metadata) AS texts (hash)
         ON CONFLICT DO NOTHING",
        &ids,
    )
    .execute(work.sql())
    .await?;
    match ids.last() {
        Some(last) => sqlx::query!("UPDATE texts_backfill SET below = $1", last).execute(work.sql()).await?,
        None => sqlx::query!("DELETE FROM texts_backfill").execute(work.sql()).await?,
    };
    Ok(ids.len())
}
