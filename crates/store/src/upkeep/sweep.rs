//! Sweep: ends expired leases and attempts that ran past their job's `timeout_seconds`.
//!
//! It reads the narrow leases only, oldest due first, and ends each by the same path as a worker's report, guarded by the token it saw: a
//! heartbeat or report that came first wins. A tick that fails changes nothing; the next one finds the same leases.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::batch::{BATCH, is_full};
use crate::attempts::Cause;
use crate::db::deadline;
use crate::{Error, Store};

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Swept {
    /// Leases found due. Of those that were not ended, a report or heartbeat came first.
    pub found: usize,
    /// Attempts ended.
    pub ended: usize,
    /// More were due than one tick takes.
    pub full: bool,
}

impl Store {
    /// Ends up to 1,000 attempts whose lease is due.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sweep(&self) -> Result<Swept, Error> {
        let from = self.memory.swept.from();
        let (due, now) = self.due_leases(from).await?;
        if due.is_empty() {
            self.memory.swept.done(from, now);
            return Ok(Swept::default());
        }
        // Until all have gone: what is due and cannot be ended now is looked for again.
        self.memory.swept.forget();
        let causes: Vec<Cause<'_>> =
            due.iter().map(|lease| Cause::Expired { task: lease.task, token: lease.token }).collect();
        let ended = self.end_attempts(&causes).await?.iter().filter(|answer| answer.is_ok()).count();
        let full = is_full(due.len());
        if ended == due.len() && !full {
            self.memory.swept.done(from, now);
        }
        Ok(Swept { found: due.len(), ended, full })
    }

    /// The leases due since `from`, oldest first, and the time of the look: one query, which is all that an idle tick costs.
    async fn due_leases(&self, from: DateTime<Utc>) -> Result<(Vec<Due>, DateTime<Utc>), Error> {
        let look = sqlx::query!(
            r#"SELECT l.task_id AS "task_id?", l.token AS "token?", clock.now AS "now!"
               FROM (SELECT windlass_now() AS now) clock
               LEFT JOIN LATERAL (
                   SELECT task_id, token FROM leases
                   WHERE due_at > $2 AND due_at <= windlass_now() ORDER BY due_at LIMIT $1
               ) l ON true"#,
            BATCH,
            from,
        );
        let rows = deadline(look.fetch_all(&self.db.pool)).await?;
        let now = rows.first().map(|row| row.now).expect("a look has its time");
        let due = rows.into_iter().filter_map(|row| Some(Due { task: row.task_id?, token: row.token? }));
        Ok((due.collect(), now))
    }
}

/// A lease that is due.
struct Due {
    task: Uuid,
    token: Uuid,
}
