//! Settle: writes the effective state of task rows that an ended job left queued, scheduled or running.
//!
//! Reads never depend on it; it only keeps left-overs from lingering in the indexes of what waits. One job a tick, walked by id, so that
//! a job of a million tasks costs a bounded piece at a time and is never walked twice.

use uuid::Uuid;

use super::{BATCH, is_full};
use crate::transaction::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What a settlement did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settled {
    /// Rows looked at.
    pub rows: usize,
    /// There may be more.
    pub full: bool,
}

impl Store {
    /// Settles up to 1,000 task rows of the ended job that waits longest for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn settle(&self) -> Result<Settled, Error> {
        transact!(self, work => settle(&mut work).await).await
    }
}

async fn settle(work: &mut Work) -> Result<Settled, Interrupt> {
    // The job before its tasks, against the order, but without waiting: whoever holds an ended job is about to bring it back, or settles it.
    let Some(next) = sqlx::query!(
        "SELECT id, settled_to AS \"settled_to!\" FROM jobs WHERE settled_to IS NOT NULL
         ORDER BY ended_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
    )
    .fetch_optional(work.sql())
    .await?
    else {
        return Ok(Settled::default());
    };
    let rows = sqlx::query!(
        // Pairs keep the planner on the index by job: with an equality it may walk all tasks in the order of their ids.
        "SELECT id, state FROM tasks
         WHERE (job_id, id) > ($1, $2) AND (job_id, id) <= ($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
         ORDER BY job_id, id LIMIT $3 FOR NO KEY UPDATE",
        next.id,
        next.settled_to,
        BATCH,
    )
    .fetch_all(work.sql())
    .await?;
    let left: Vec<Uuid> = rows
        .iter()
        .filter(|row| ["queued", "scheduled", "running"].contains(&row.state.as_str()))
        .map(|row| row.id)
        .collect();
    sqlx::query!(
        "UPDATE tasks t SET state = windlass_task_state(t.state, j.state, j.due), ended_at = j.ended_at
         FROM jobs j WHERE t.id = ANY($1) AND j.id = t.job_id",
        &left,
    )
    .execute(work.sql())
    .await?;
    let full = is_full(rows.len());
    let settled_to = if full { rows.last().map(|row| row.id) } else { None };
    sqlx::query!("UPDATE jobs SET settled_to = $2 WHERE id = $1", next.id, settled_to)
        .execute(work.sql())
        .await?;
    Ok(Settled { rows: rows.len(), full: true })
}
