//! Walks over a job's tasks in the order in which they were added, past those that were taken back.

use uuid::Uuid;

use crate::work::Work;

/// A piece of a job's tasks: those of each live origin up to one id.
pub(crate) struct Window {
    /// Its last task, unless the job's tasks end within it.
    pub(crate) last: Option<Uuid>,
    /// Tasks in it, or a little more.
    pub(crate) looked: i64,
}

/// The next of up to about `rows` tasks, from where the job has been settled to. Each origin has its share of them; the window ends where the first of them has
/// used its own up, so that none is passed over.
pub(crate) async fn next_window(work: &mut Work, job: Uuid, rows: i64) -> Result<Window, sqlx::Error> {
    sqlx::query_as!(
        Window,
        r#"WITH live AS MATERIALIZED (
             SELECT live.origin, greatest($2 / count(*) OVER (), 1) AS share,
                    coalesce(j.settled_to, '00000000-0000-0000-0000-000000000000') AS settled_to
             FROM jobs j CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin) WHERE j.id = $1
           )
           SELECT (
               SELECT ends.id
               FROM live CROSS JOIN LATERAL (
                   SELECT id FROM tasks
                   WHERE (windlass_line(job_id, origin), id) > (windlass_line($1, live.origin), live.settled_to)
                     AND (windlass_line(job_id, origin), id) <= (windlass_line($1, live.origin), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                   ORDER BY windlass_line(job_id, origin), id OFFSET live.share - 1 LIMIT 1
               ) ends
               ORDER BY ends.id LIMIT 1
           ) AS last,
           (
               SELECT count(*)
               FROM live CROSS JOIN LATERAL (
                   SELECT FROM tasks
                   WHERE (windlass_line(job_id, origin), id) > (windlass_line($1, live.origin), live.settled_to)
                     AND (windlass_line(job_id, origin), id) <= (windlass_line($1, live.origin), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                   ORDER BY windlass_line(job_id, origin), id LIMIT live.share
               ) looked
           ) AS "looked!""#,
        job,
        rows,
    )
    .fetch_one(work.sql())
    .await
}
