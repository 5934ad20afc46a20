//! Prune: removes the queues of types that nobody uses any more.
//!
//! A queue goes when its type has no setting, no job that has not ended, and was named by none in the last day. So names that a client made up do not
//! stay. It looks at a bounded piece of the queues at a time, in the order of their types.
//!
//! A create, or a retry of a job that has ended, may name such a type meanwhile. It holds a shared lock of the type's class until its commit
//! (`named.rs`), and only who holds that lock alone removes a queue. It fails to take the lock where others hold it, and tries again in the
//! next round.
//!
//! What it deliberately does not do: look at more than 1,000 jobs of a type. The queue of a type with more stays for as long as they are stored.

use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Queues that are looked at in one piece.
const PIECE: i64 = 1_000;

impl Store {
    /// Removes queues that nobody uses among the next 1,000; returns how many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune_queues(&self) -> Result<usize, Error> {
        let after = self.memory.queues_pruned_to.get();
        let types = transact!(self, work => piece(&mut work, &after).await).await?;
        // After the last piece the next round begins.
        let full = i64::try_from(types.len()).is_ok_and(|read| read == PIECE);
        let next = types.last().filter(|_| full).cloned().unwrap_or_default();
        self.memory.queues_pruned_to.set(next);
        if types.is_empty() {
            return Ok(0);
        }
        transact!(self, work => remove(&mut work, &types).await).await
    }
}

/// The types of the next queues.
async fn piece(work: &mut Work, after: &str) -> Result<Vec<String>, Interrupt> {
    let types =
        sqlx::query_scalar!("SELECT type FROM queues WHERE type > $1 ORDER BY type LIMIT $2", after, PIECE);
    Ok(types.fetch_all(work.sql()).await?)
}

/// Removes those that nobody uses. Whether a type has jobs is asked in a statement that begins after the lock is held.
async fn remove(work: &mut Work, types: &[String]) -> Result<usize, Interrupt> {
    let held = sqlx::query_scalar!(
        r#"SELECT named.type AS "type!" FROM unnest($1::text[]) AS named (type)
           JOIN (
               SELECT class FROM (
                   SELECT DISTINCT hashtext(q.type) & 63 AS class FROM queues q
                   WHERE q.type = ANY($1) AND NOT q.paused AND q.max_running IS NULL
                     AND q.created_at < windlass_now() - interval '24 hours'
                     AND (
                         SELECT count(*) <= 1000 AND coalesce(bool_and(ended_at IS NOT NULL AND created_at < windlass_now() - interval '24 hours'), true)
                         FROM (
                             SELECT ended_at, created_at FROM jobs
                             WHERE (type, id) <= (q.type, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND type >= q.type
                             ORDER BY type DESC, id DESC LIMIT 1001
                         ) latest
                     )
               ) idle
               WHERE pg_try_advisory_xact_lock(CASE current_schema() WHEN 'public' THEN 1466524263 ELSE hashtext(current_schema()) END, class)
           ) held ON held.class = hashtext(named.type) & 63"#,
        types,
    )
    .fetch_all(work.sql())
    .await?;
    let removed = sqlx::query!(
        "WITH removed AS (
             DELETE FROM queues q
             WHERE q.type = ANY($1) AND NOT q.paused AND q.max_running IS NULL
               AND q.created_at < windlass_now() - interval '24 hours'
               AND (
                   SELECT count(*) <= 1000 AND coalesce(bool_and(ended_at IS NOT NULL AND created_at < windlass_now() - interval '24 hours'), true)
                   FROM (
                       SELECT ended_at, created_at FROM jobs
                       WHERE (type, id) <= (q.type, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND type >= q.type
                       ORDER BY type DESC, id DESC LIMIT 1001
                   ) latest
               )
             RETURNING q.type
         ),
         counts AS (DELETE FROM queue_counts WHERE type = ANY(ARRAY(SELECT type FROM removed)))
         SELECT type FROM removed",
        &held,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(removed.len())
}
