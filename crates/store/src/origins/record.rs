//! To which origin of its job a task belongs that a completion adds.

use uuid::Uuid;

use crate::work::Work;

/// The jobs that a completion of `task` stands for: the task's own job, and those whose completions led to it. Sorted.
pub(crate) async fn producers_of(work: &mut Work, task: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT ARRAY(
               SELECT DISTINCT id FROM unnest(array_append(o.producers, t.job_id)) AS producer (id) ORDER BY id
           ) AS "producers!"
           FROM tasks t
           -- By its key: while the table is empty, a join may walk its index.
           LEFT JOIN LATERAL (
               SELECT producers FROM task_origins WHERE job_id = t.job_id AND origin = t.origin OFFSET 0
           ) o ON true
           WHERE t.id = $1"#,
        task,
    )
    .fetch_one(work.sql())
    .await
}

/// The origin of what completions of these producers add to `job`, which the caller holds; made if it is their first.
pub(crate) async fn origin_for(work: &mut Work, job: Uuid, producers: &[Uuid]) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"WITH known AS MATERIALIZED (
             SELECT origin FROM task_origins WHERE job_id = $1 AND gone_at IS NULL AND producers = $2
           ),
           made AS (
             INSERT INTO task_origins (job_id, origin, producers)
             SELECT $1, coalesce((SELECT max(origin) FROM task_origins WHERE job_id = $1), 0) + 1, $2
             WHERE NOT EXISTS (SELECT FROM known)
             RETURNING origin
           )
           SELECT origin AS "origin!" FROM known UNION ALL SELECT origin FROM made"#,
        job,
        producers,
    )
    .fetch_one(work.sql())
    .await
}

/// What [`origin_for`] will probably say, of a job that is not held.
pub(crate) async fn guess_origin(work: &mut Work, job: Uuid, producers: &[Uuid]) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(
             (SELECT origin FROM task_origins WHERE job_id = $1 AND gone_at IS NULL AND producers = $2),
             (SELECT max(origin) FROM task_origins WHERE job_id = $1) + 1,
             1
           ) AS "origin!""#,
        job,
        producers,
    )
    .fetch_one(work.sql())
    .await
}
