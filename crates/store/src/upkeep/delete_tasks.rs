//! Deletes the rows of tasks.

use uuid::Uuid;

use crate::work::Work;

/// Deletes tasks and what is stored of them.
pub(super) async fn delete_tasks(work: &mut Work, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH a AS (DELETE FROM task_payloads WHERE task_id = ANY($1)),
              b AS (DELETE FROM task_outcomes WHERE task_id = ANY($1)),
              c AS (DELETE FROM task_progress WHERE task_id = ANY($1)),
              e AS (DELETE FROM task_checkpoints WHERE task_id = ANY($1)),
              g AS (DELETE FROM task_failures WHERE task_id = ANY($1)),
              f AS (DELETE FROM task_log WHERE task_id = ANY($1)),
              d AS (DELETE FROM attempts WHERE task_id = ANY($1))
         DELETE FROM tasks WHERE id = ANY($1)",
        ids,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
