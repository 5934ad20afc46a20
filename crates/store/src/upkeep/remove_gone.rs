//! Removes tasks that a retry by hand took back and that never had an attempt, in bounded pieces.
//!
//! Nothing shows them, counts them or walks over them, so nobody waits for this. Those that had an attempt stay until their pipeline goes: their attempts
//! are asked for by their ids, and their workers' reports are answered.

use uuid::Uuid;

use super::batch::{BATCH, is_full};
use super::delete_tasks::delete_tasks;
use crate::work::{Interrupt, Work};

/// Looks at up to 1,000 tasks of the origin that has been gone for longest; returns how many, 0 where none is left.
pub(super) async fn remove_gone(work: &mut Work) -> Result<usize, Interrupt> {
    let next = sqlx::query!(
        "SELECT job_id, origin, deleted_to AS \"deleted_to!\" FROM task_origins
         WHERE deleted_to IS NOT NULL ORDER BY gone_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    .fetch_optional(work.sql())
    .await?;
    let Some(next) = next else { return Ok(0) };
    let looked = look(work, (next.job_id, next.origin), next.deleted_to).await?;
    let never: Vec<Uuid> = looked.iter().filter(|task| !task.had_attempt).map(|task| task.id).collect();
    delete_tasks(work, &never).await?;
    let deleted_to = if is_full(looked.len()) { looked.last().map(|task| task.id) } else { None };
    sqlx::query!(
        "UPDATE task_origins SET deleted_to = $3 WHERE job_id = $1 AND origin = $2",
        next.job_id,
        next.origin,
        deleted_to,
    )
    .execute(work.sql())
    .await?;
    // One that has none left was looked at as well: there may be another.
    Ok(looked.len().max(1))
}

struct Looked {
    id: Uuid,
    had_attempt: bool,
}

async fn look(work: &mut Work, (job, origin): (Uuid, i32), after: Uuid) -> Result<Vec<Looked>, sqlx::Error> {
    sqlx::query_as!(
        Looked,
        "SELECT id, attempt > 0 OR coalesce((SELECT true FROM attempts a WHERE a.task_id = t.id LIMIT 1), false) AS \"had_attempt!\"
         FROM (
             SELECT id, attempt FROM tasks
             WHERE (windlass_line(job_id, origin), id) > (windlass_line($1, $2), $3) AND (windlass_line(job_id, origin), id) <= (windlass_line($1, $2), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
             ORDER BY windlass_line(job_id, origin), id LIMIT $4
         ) t
         ORDER BY id",
        job,
        origin,
        after,
        BATCH,
    )
    .fetch_all(work.sql())
    .await
}
