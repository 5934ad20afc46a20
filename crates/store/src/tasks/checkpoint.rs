//! Checkpoints: what an attempt leaves for the next one of its task.
//!
//! They are in a table of their own, which is written only where a report says something new. A success does not touch it: the state of the task says that
//! its checkpoint counts no more. Nor does a retry: one of a run before all tasks of the job came back is passed over.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::db::Session;

/// What becomes of checkpoints, by task: none, or this text.
pub(crate) type CheckpointChanges<'a> = BTreeMap<Uuid, Option<&'a str>>;

/// Writes those that have changed. The caller holds the tasks' leases, or has just ended them, so nobody else writes these.
pub(crate) async fn write_checkpoints(
    connection: &mut Session,
    changes: &CheckpointChanges<'_>,
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "WITH said AS MATERIALIZED (
             SELECT s.task_id, s.checkpoint, t.run
             FROM unnest($1::uuid[], $2::text[]) AS s (task_id, checkpoint)
             CROSS JOIN LATERAL (SELECT run FROM tasks WHERE id = s.task_id OFFSET 0) t
         ),
         dropped AS (
             DELETE FROM task_checkpoints WHERE task_id = ANY(ARRAY(SELECT task_id FROM said WHERE checkpoint IS NULL))
         )
         INSERT INTO task_checkpoints (task_id, run, checkpoint)
         SELECT s.task_id, s.run, s.checkpoint FROM said s
         WHERE s.checkpoint IS NOT NULL AND NOT EXISTS (
             SELECT FROM task_checkpoints k WHERE k.task_id = s.task_id AND k.run = s.run AND k.checkpoint = s.checkpoint
         )
         ORDER BY s.task_id
         ON CONFLICT (task_id) DO UPDATE SET run = excluded.run, checkpoint = excluded.checkpoint",
        &changes.keys().copied().collect::<Vec<_>>(),
        &changes.values().copied().collect::<Vec<_>>() as &[Option<&str>],
    )
    .execute(connection)
    .await
    .map(drop)
}
