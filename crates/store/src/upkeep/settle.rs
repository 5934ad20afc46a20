//! Settle: writes the effective state of stale task rows. Below an open job those that a retry by hand brought back and that say
//! otherwise yet; below an ended one those that it left queued, scheduled or running, or that were stale even then.
//!
//! Reads never depend on it. Jobs to which tasks come back are first, since workers wait for these; the rest only removes stale rows
//! from the indexes of what waits. One job a tick, walked by id, so that a job of a million tasks costs a bounded piece at a time: a call that needs
//! the job waits for one piece at the most.

use uuid::Uuid;

use super::batch::BATCH;
use crate::db::deadline;
use crate::jobs::lock_jobs;
use crate::origins::next_window;
use crate::retry::bring_back;
use crate::work::{Interrupt, Work, transact};
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
    /// Brings up to 1,000 tasks back of the job that is first in line among those that have such, or settles as many task rows of the ended job
    /// that waits longest for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn settle(&self) -> Result<Settled, Error> {
        // Looked for before it is locked, so that a call that waits for the job gets it between two pieces. One query is all that an idle tick costs.
        let look = sqlx::query!(
            "SELECT (SELECT id FROM jobs WHERE left_over > 0 ORDER BY type, priority, opened_position LIMIT 1) AS to_bring_back,
                    (SELECT id FROM jobs WHERE settled_to IS NOT NULL AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1) AS ended"
        );
        let next = deadline(look.fetch_one(&self.db.pool)).await?;
        match (next.to_bring_back, next.ended) {
            (Some(job), _) => self.bring_some_back(job).await,
            (None, Some(_)) => transact!(self, work => settle_next(&mut work).await).await,
            (None, None) => Ok(Settled::default()),
        }
    }

    /// Brings up to 1,000 tasks back of a job that has such.
    pub(crate) async fn bring_some_back(&self, job: Uuid) -> Result<Settled, Error> {
        transact!(self, work => bring_some(&mut work, job).await).await
    }

    /// Settles all of an ended job, a piece after the other.
    pub(crate) async fn settle_job(&self, job: Uuid) -> Result<(), Error> {
        while transact!(self, work => settle_one(&mut work, job).await).await?.full {}
        Ok(())
    }
}

/// The job before its tasks, against the order, but without waiting for any of them.
async fn bring_some(work: &mut Work, id: Uuid) -> Result<Settled, Interrupt> {
    let Some(job) = lock_jobs(work, &[id]).await?.pop().filter(|job| job.stale > 0) else {
        // Somebody else has done it meanwhile, or ended the job.
        return Ok(Settled { rows: 0, full: true });
    };
    let walk = bring_back(work, &job, BATCH).await?;
    // What a walk to the end passed over is held by somebody: the next tick finds it.
    let full = !walk.ended || walk.brought > 0;
    Ok(Settled { rows: usize::try_from(walk.looked).unwrap_or(usize::MAX), full })
}

async fn settle_next(work: &mut Work) -> Result<Settled, Interrupt> {
    // The job before its tasks, against the order, but without waiting: the holder of an ended job is about to bring it back, or settles it.
    let next = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE settled_to IS NOT NULL AND ended_at IS NOT NULL
         ORDER BY ended_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
    )
    .fetch_optional(work.sql())
    .await?;
    settle(work, next).await
}

async fn settle_one(work: &mut Work, job: Uuid) -> Result<Settled, Interrupt> {
    let next = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE id = $1 AND settled_to IS NOT NULL AND ended_at IS NOT NULL FOR NO KEY UPDATE",
        job,
    )
    .fetch_optional(work.sql())
    .await?;
    settle(work, next).await
}

/// Settles a piece of an ended job, which is held.
async fn settle(work: &mut Work, next: Option<Uuid>) -> Result<Settled, Interrupt> {
    let Some(job) = next else { return Ok(Settled::default()) };
    let window = next_window(work, job, BATCH).await?;
    let rows = sqlx::query!(
        // With a range of tuples the planner stays on the index by job: with an equality it may walk all tasks in the order of their ids.
        "SELECT t.id, t.state, windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run) AS \"again!\"
         FROM jobs j CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin)
         CROSS JOIN LATERAL (
             SELECT id, state, run FROM tasks
             WHERE (windlass_line(job_id, origin), id) > (windlass_line($1, live.origin), j.settled_to)
               AND (windlass_line(job_id, origin), id) <= (windlass_line($1, live.origin), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
             ORDER BY windlass_line(job_id, origin), id FOR NO KEY UPDATE
         ) t
         WHERE j.id = $1",
        job,
        window.last,
    )
    .fetch_all(work.sql())
    .await?;
    let is_open = |state: &str| ["queued", "scheduled", "running"].contains(&state);
    let open: Vec<Uuid> =
        rows.iter().filter(|row| is_open(&row.state) && !row.again).map(|row| row.id).collect();
    let again: Vec<Uuid> = rows.iter().filter(|row| row.again).map(|row| row.id).collect();
    write_open(work, &open).await?;
    write_again(work, &again).await?;
    sqlx::query!("UPDATE jobs SET settled_to = $2 WHERE id = $1", job, window.last)
        .execute(work.sql())
        .await?;
    Ok(Settled { rows: rows.len(), full: true })
}

/// Rows that the job's last run left open.
async fn write_open(work: &mut Work, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE tasks t SET state = windlass_task_state(t.state, j.state, j.due), ended_at = j.ended_at, run = j.run
         FROM jobs j WHERE t.id = ANY($1) AND j.id = t.job_id",
        ids,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Rows of an older run: what bringing them back would have written, and then the job's end.
async fn write_again(work: &mut Work, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "WITH forgotten AS (DELETE FROM task_progress WHERE task_id = ANY($1))
         UPDATE tasks t SET
             state = windlass_task_state('queued', j.state, j.due),
             run_at = CASE WHEN t.started_at IS NULL THEN t.run_at END,
             own_max_attempts = CASE WHEN t.own_max_attempts IS NOT NULL THEN least(t.own_max_attempts, 2147483647 - t.attempt) END,
             max_attempts = t.attempt + coalesce(CASE WHEN t.own_max_attempts IS NOT NULL THEN least(t.own_max_attempts, 2147483647 - t.attempt) END, s.max_attempts),
             started_at = NULL,
             ended_at = j.ended_at,
             run = j.run
         FROM jobs j, job_specs s WHERE t.id = ANY($1) AND j.id = t.job_id AND s.job_id = t.job_id",
        ids,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
