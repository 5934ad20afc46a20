//! Finds the oldest tasks that a list wants.
//!
//! Tasks are indexed by stage, so a list looks into the stages, oldest first, some at a time: no task is older than its stage. Once as many were found as
//! one list holds, stages that are younger than the last of them are not looked at, and of others only what is older.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::JobnikTaskStatus;

use super::rows::{MOST_READ, READ_ROWS};
use super::times::MillisRange;
use crate::db::Session;

/// Stages that are looked into at first: each may have as many tasks as a list holds. Then twice as many each time.
const STAGES: i64 = 16;
/// Stages that are looked into at once, at the most.
const MOST_STAGES: i64 = 4_096;

/// Which tasks a list shows.
#[derive(Debug, Clone, Default)]
pub struct JobnikTaskFilter {
    /// Of this stage.
    pub stage_id: Option<Uuid>,
    /// Of stages of this type.
    pub type_name: Option<String>,
    /// In this status.
    pub status: Option<JobnikTaskStatus>,
    /// Added then.
    pub created: MillisRange,
}

/// The oldest tasks of a filter in their order, one more than a list holds.
pub(super) async fn find(
    connection: &mut Session,
    filter: &JobnikTaskFilter,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let (mut found, mut at_once) = (Vec::new(), STAGES);
    let (mut behind, mut below) = (Uuid::nil(), Uuid::max());
    loop {
        let stages = match filter.stage_id {
            Some(id) => stage(connection, id, filter).await?,
            None => stages(connection, (behind, below), filter, at_once).await?,
        };
        let Some(last) = stages.last().copied() else { break };
        found.extend(tasks_of(connection, &stages, below, filter).await?);
        found.sort_unstable();
        found.truncate(MOST_READ);
        if filter.stage_id.is_some() {
            break;
        }
        if let Some(highest) = found.get(MOST_READ - 1) {
            below = *highest;
        }
        behind = last;
        at_once = (at_once * 2).min(MOST_STAGES);
    }
    Ok(found)
}

/// The one stage that a filter names, if it is of its type.
async fn stage(
    connection: &mut Session,
    id: Uuid,
    filter: &JobnikTaskFilter,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM jobs
         WHERE id = $1 AND surface IS NOT NULL AND ($2::text IS NULL OR type = $2)
           AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = jobs.pipeline_id)",
        id,
        filter.type_name.as_deref() as Option<&str>,
    )
    .fetch_all(connection)
    .await
}

/// The next stages that a filter fits.
async fn stages(
    connection: &mut Session,
    (behind, below): (Uuid, Uuid),
    filter: &JobnikTaskFilter,
    most: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let status = filter.status.map(JobnikTaskStatus::as_str);
    // Both variants take these, in this order; the file's name has to be a literal.
    macro_rules! statement {
        ($file:literal) => {
            sqlx::query_file_scalar!(
                $file,
                behind,
                below,
                filter.type_name.as_deref() as Option<&str>,
                status as Option<&str>,
                most,
            )
            .fetch_all(connection)
            .await
        };
    }
    match filter.type_name {
        None => statement!("src/jobnik/walk.sql"),
        Some(_) => statement!("src/jobnik/walk_of_type.sql"),
    }
}

/// The oldest tasks of these stages up to this one.
async fn tasks_of(
    connection: &mut Session,
    stages: &[Uuid],
    to: Uuid,
    filter: &JobnikTaskFilter,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT t.id AS "id!"
           FROM unnest($1::uuid[]) AS asked (id)
           CROSS JOIN LATERAL (
               SELECT id, state, frozen, kept, due, again_run, all_again_run, origins FROM jobs WHERE id = asked.id OFFSET 0
           ) j
           CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin)
           CROSS JOIN LATERAL (
               SELECT id FROM tasks
               WHERE (windlass_line(job_id, origin), id) > (windlass_line(j.id, live.origin), '00000000-0000-0000-0000-000000000000')
                 AND (windlass_line(job_id, origin), id) <= (windlass_line(j.id, live.origin), $2)
                 AND ($3::timestamptz IS NULL OR created_at >= $3) AND ($4::timestamptz IS NULL OR created_at < $4)
                 AND ($5::text IS NULL OR $5 = windlass_jobnik_status(
                     windlass_task_state(
                         state, run, CASE WHEN j.kept THEN 'running' ELSE windlass_job_state(j.state, j.frozen) END, j.due, j.again_run,
                         j.all_again_run
                     ),
                     attempt
                 ))
               ORDER BY windlass_line(job_id, origin), id LIMIT $6
           ) t
           ORDER BY t.id LIMIT $6"#,
        stages,
        to,
        filter.created.first() as Option<DateTime<Utc>>,
        filter.created.behind() as Option<DateTime<Utc>>,
        filter.status.map(JobnikTaskStatus::as_str) as Option<&str>,
        READ_ROWS,
    )
    .fetch_all(connection)
    .await
}
