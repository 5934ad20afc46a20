//! Sweep: ends expired leases and attempts that ran past their job's `timeout_seconds`.
//!
//! It reads the narrow leases only, oldest due first, and ends each by the same path as a worker's report, guarded by the token it saw: a
//! heartbeat or report that came first wins. A tick that fails changes nothing; the next one finds the same leases.

use super::{BATCH, is_full};
use crate::attempts::Report;
use crate::transaction::deadline;
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
        let due = sqlx::query!(
            "SELECT task_id, token FROM leases WHERE due_at <= windlass_now() ORDER BY due_at LIMIT $1",
            BATCH,
        );
        let due = deadline(async { Ok(due.fetch_all(&self.pool).await?) }).await?;
        if due.is_empty() {
            return Ok(Swept::default());
        }
        let reports: Vec<Report<'_>> =
            due.iter().map(|lease| Report::Expire { task: lease.task_id, token: lease.token }).collect();
        let ended = self.end_attempts(&reports).await?.iter().filter(|answer| answer.is_ok()).count();
        Ok(Swept { found: due.len(), ended, full: is_full(due.len()) })
    }
}
