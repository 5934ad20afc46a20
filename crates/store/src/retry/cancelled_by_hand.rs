//! Tasks that were cancelled one by one (`0025_retries_by_hand.sql`). A job that failed fast has cancelled tasks of both kinds, and the retry of one
//! task brings back only those that the failure ended; a person's stay. There are as many rows as people have made calls.

use uuid::Uuid;

use crate::jobs::LockedJob;
use crate::work::Work;

/// How many of a job's tasks were cancelled by hand, but this one.
pub(crate) async fn count_cancels(work: &mut Work, job: Uuid, task: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        // Each by its id: with a join the planner may walk all tasks.
        "SELECT count(*) AS \"cancels!\"
         FROM (SELECT task_id FROM cancelled_by_hand WHERE job_id = $1 AND task_id <> $2) c
         CROSS JOIN LATERAL (SELECT state, run, origin FROM tasks WHERE id = c.task_id OFFSET 0) t
         JOIN jobs j ON j.id = $1
         WHERE t.state = 'cancelled' AND NOT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)
               AND NOT windlass_is_gone(t.origin, j.origins)",
        job,
        task,
    )
    .fetch_one(work.sql())
    .await
}

/// Takes those tasks over into the run of a job that is about to come back; returns how many.
pub(super) async fn keep_cancels(work: &mut Work, job: &LockedJob, task: Uuid) -> Result<i64, sqlx::Error> {
    let kept = sqlx::query!(
        "UPDATE tasks SET run = $3 WHERE id = ANY(ARRAY(
             SELECT c.task_id
             FROM (SELECT task_id FROM cancelled_by_hand WHERE job_id = $1 AND task_id <> $2) c
             CROSS JOIN LATERAL (SELECT state, run, origin FROM tasks WHERE id = c.task_id OFFSET 0) t
             JOIN jobs j ON j.id = $1
             WHERE t.state = 'cancelled' AND NOT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)
               AND NOT windlass_is_gone(t.origin, j.origins)
         ))",
        job.id,
        task,
        job.run,
    )
    .execute(work.sql())
    .await?;
    Ok(i64::try_from(kept.rows_affected()).unwrap_or(-1))
}

/// Forgets a task's cancel: it comes back.
pub(crate) async fn forget_cancel(work: &mut Work, job: Uuid, task: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM cancelled_by_hand WHERE job_id = $1 AND task_id = $2", job, task)
        .execute(work.sql())
        .await?;
    Ok(())
}

/// Forgets those of whole jobs that come back.
pub(super) async fn forget_cancels(work: &mut Work, jobs: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM cancelled_by_hand WHERE job_id = ANY($1)", jobs).execute(work.sql()).await?;
    Ok(())
}
