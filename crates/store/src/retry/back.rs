//! Brings rows back: writes into the rows of tasks that came back by a retry what reads have shown of them since.
//!
//! A retry writes job rows. What came back is *stale*, of an older run, until its row is written here: in the retry's own transaction up to
//! some number, so that a small one is complete when it answers; then by the settler, in bounded batches; and by a dequeue that finds nothing
//! else. The caller holds the job; tasks are taken with `SKIP LOCKED`, since a task's cancel takes its task first, and what was passed over
//! is found when the walk begins anew.

use uuid::Uuid;

use crate::jobs::LockedJob;
use crate::origins::{Window, next_window};
use crate::work::Work;

/// Rows that one walk looks at, at the most: where few among many come back, some milliseconds.
const WINDOW: i64 = 5_000;

/// What came to wait.
#[derive(Default, Clone, Copy)]
pub(crate) struct Back {
    pub(crate) queued: i64,
    pub(crate) scheduled: i64,
    /// How many of them have had an attempt, and had not been waiting all the while.
    pub(crate) retried: i64,
    /// The lowest position in line that was drawn.
    pub(crate) lowest: Option<i64>,
}

/// What one walk did.
pub(crate) struct Walk {
    /// The job as it is then.
    pub(crate) job: LockedJob,
    /// Tasks brought back.
    pub(crate) brought: i64,
    /// Rows looked at.
    pub(crate) looked: i64,
    /// It came to the job's last task.
    pub(crate) ended: bool,
}

/// Brings back up to `most` tasks of a job that the caller holds and that has not ended, in the order in which they were added, going on where
/// the last walk stopped.
pub(crate) async fn bring_back(work: &mut Work, job: &LockedJob, most: i64) -> Result<Walk, sqlx::Error> {
    let window = next_window(work, job.id, WINDOW).await?;
    let found = find(work, job.id, &window, most).await?;
    // Where as many were found as may be taken, what lies behind the last of them has not been looked at.
    let (reached, looked) = match found.last {
        Some(last) if found.tasks >= most => (Some(last), most),
        _ => (window.last, window.looked),
    };
    let back = write_back(work, job, &found.held).await?;
    let after = move_over(work, job, back, reached.unwrap_or(Uuid::nil())).await?;
    Ok(Walk { brought: back.queued + back.scheduled, job: after, looked, ended: reached.is_none() })
}

/// What a window of a job's tasks has of stale tasks, up to a number of them.
struct Found {
    tasks: i64,
    last: Option<Uuid>,
    /// Those that nobody else holds.
    held: Vec<Uuid>,
}

/// Looks for stale tasks in a window, as far as it must: the order of each subquery is the index', so nothing is sorted or looked at in vain. What
/// waits at or below the mark is stale where its job lost others and went on; it stays in line before what came back.
async fn find(work: &mut Work, job: Uuid, window: &Window, most: i64) -> Result<Found, sqlx::Error> {
    sqlx::query_as!(
        Found,
        r#"WITH found AS MATERIALIZED (
             SELECT stale.id, stale.place
             FROM jobs j CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin)
             CROSS JOIN LATERAL (
                 -- A range, as in settle.rs.
                 SELECT id, CASE WHEN NOT windlass_is_left_over(state, run, j.again_run, j.all_again_run) THEN position END AS place FROM tasks
                 WHERE (windlass_line(job_id, origin), id) > (windlass_line($1, live.origin), coalesce(j.settled_to, '00000000-0000-0000-0000-000000000000'))
                   AND (windlass_line(job_id, origin), id) <= (windlass_line($1, live.origin), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                   AND (windlass_is_left_over(state, run, j.again_run, j.all_again_run) OR state = 'queued' AND position <= j.head)
                 ORDER BY windlass_line(job_id, origin), id LIMIT $3
             ) stale
             WHERE j.id = $1
             ORDER BY stale.id LIMIT $3
           ),
           held AS MATERIALIZED (
             SELECT t.id, found.place FROM found
             CROSS JOIN LATERAL (SELECT id FROM tasks WHERE id = found.id FOR NO KEY UPDATE SKIP LOCKED) t
           )
           SELECT (SELECT count(*) FROM found) AS "tasks!", (SELECT id FROM found ORDER BY id DESC LIMIT 1) AS last,
                  ARRAY(SELECT id FROM held ORDER BY place, id) AS "held!""#,
        job,
        window.last,
        most,
    )
    .fetch_one(work.sql())
    .await
}

/// Brings back one stale task. The caller holds it and its job.
pub(crate) async fn bring_one_back(
    work: &mut Work,
    job: &LockedJob,
    task: Uuid,
) -> Result<LockedJob, sqlx::Error> {
    let back = write_back(work, job, &[task]).await?;
    let walked_to = sqlx::query_scalar!("SELECT settled_to FROM jobs WHERE id = $1", job.id)
        .fetch_one(work.sql())
        .await?;
    move_over(work, job, back, walked_to.unwrap_or(Uuid::nil())).await
}

/// Writes the rows of tasks that come back into a job, in this order: they draw new positions in line, and have the policy's attempts again.
/// Only one that never started still waits for its `run_at`: a delay of an earlier attempt is over. One that was waiting all the while draws a new
/// position, and nothing else.
pub(crate) async fn write_back(work: &mut Work, job: &LockedJob, ids: &[Uuid]) -> Result<Back, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Back::default());
    }
    let row = sqlx::query!(
        r#"WITH line AS MATERIALIZED (
             SELECT back.id, nextval('task_positions') AS position, row.waited
             FROM (SELECT again_run, all_again_run FROM jobs WHERE id = $2) job
             CROSS JOIN unnest($1::uuid[]) AS back (id)
             CROSS JOIN LATERAL (
                 SELECT state = 'queued' AND NOT windlass_is_left_over(state, run, job.again_run, job.all_again_run) AS waited
                 FROM tasks WHERE id = back.id OFFSET 0
             ) row
           ),
           forgotten AS (
             DELETE FROM task_progress WHERE task_id = ANY(ARRAY(SELECT id FROM line WHERE NOT waited))
           ),
           written AS (
             UPDATE tasks t SET
                 state = CASE WHEN t.started_at IS NULL AND t.run_at > windlass_now() THEN 'scheduled' ELSE 'queued' END,
                 run_at = CASE WHEN t.started_at IS NULL OR line.waited THEN t.run_at END,
                 position = line.position,
                 own_max_attempts = CASE WHEN line.waited THEN t.own_max_attempts ELSE CASE WHEN t.own_max_attempts IS NOT NULL THEN least(t.own_max_attempts, 2147483647 - t.attempt) END END,
                 max_attempts = CASE WHEN line.waited THEN t.max_attempts ELSE t.attempt + coalesce(CASE WHEN t.own_max_attempts IS NOT NULL THEN least(t.own_max_attempts, 2147483647 - t.attempt) END, s.max_attempts) END,
                 started_at = CASE WHEN line.waited THEN t.started_at END,
                 ended_at = NULL,
                 run = $3
             FROM line, job_specs s
             WHERE t.id = line.id AND s.job_id = $2
             RETURNING t.state, t.position, t.attempt > 0 AND NOT line.waited AS retried
           )
           SELECT count(*) FILTER (WHERE state = 'queued') AS "queued!",
                  count(*) FILTER (WHERE state = 'scheduled') AS "scheduled!",
                  count(*) FILTER (WHERE retried) AS "retried!",
                  min(position) FILTER (WHERE state = 'queued') AS lowest
           FROM written"#,
        ids,
        job.id,
        job.run,
    )
    .fetch_one(work.sql())
    .await?;
    assert_eq!(
        row.queued + row.scheduled,
        i64::try_from(ids.len()).unwrap_or(-1),
        "tasks that come back are held"
    );
    Ok(Back { queued: row.queued, scheduled: row.scheduled, retried: row.retried, lowest: row.lowest })
}

/// The last step: what was stale waits, and the low-water mark (see the crate's documentation).
async fn move_over(
    work: &mut Work,
    job: &LockedJob,
    back: Back,
    walked_to: Uuid,
) -> Result<LockedJob, sqlx::Error> {
    let moved = sqlx::query!(
        "UPDATE jobs SET
             left_over = left_over - ($2::bigint + $3::bigint)::integer,
             queued = queued + $2::bigint::integer, scheduled = scheduled + $3::bigint::integer, retried = retried + $6::bigint::integer,
             head = least(head, $4::bigint - 1), added = added + 1,
             returned = returned OR (opened_position IS NOT NULL AND NOT dispatchable),
             settled_to = CASE WHEN left_over > $2::bigint + $3::bigint THEN $5::uuid END
         WHERE id = $1 AND ended_at IS NULL",
        job.id,
        back.queued,
        back.scheduled,
        back.lowest,
        walked_to,
        back.retried,
    )
    .execute(work.sql())
    .await?;
    assert_eq!(moved.rows_affected(), 1, "a job whose tasks are brought back is locked and has not ended");
    let mut after = job.clone();
    after.counts.queued -= back.scheduled;
    after.counts.scheduled += back.scheduled;
    after.stale -= back.queued + back.scheduled;
    work.effects.count_job(job, &after);
    // The retry has announced them all; a dequeue that looked in vain since looks again.
    if after.is_dispatchable() {
        work.effects.announce(&after.type_name, back.queued);
    }
    Ok(after)
}
