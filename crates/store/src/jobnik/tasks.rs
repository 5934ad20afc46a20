//! Reads of tasks: `GET /jobnik/v1/tasks`, `/tasks/{taskId}` and `/stages/{stageId}/tasks`.
//!
//! A list is in the order in which tasks were added ([`find`]).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::JobnikTaskStatus;

use super::find::{JobnikTaskFilter, find};
use super::rows::{JobnikList, LIST_BYTES, MOST_READ, READ_ROWS, Room, bytes, portions};
use super::view::JobnikTask;
use crate::db::{Session, deadline};
use crate::input::Trace;
use crate::tasks::task_state;
use crate::{Error, Store};

impl Store {
    /// Tasks, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_jobnik_tasks(
        &self,
        filter: &JobnikTaskFilter,
    ) -> Result<JobnikList<JobnikTask>, Error> {
        deadline(async { Ok(list(&mut *self.db.pool.acquire().await?, filter).await?) }).await
    }

    /// The tasks of a stage; `None`: there is no such stage.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jobnik_tasks_of_stage(&self, stage: Uuid) -> Result<Option<JobnikList<JobnikTask>>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            if !stage_exists(&mut connection, stage).await? {
                return Ok(None);
            }
            let filter = JobnikTaskFilter { stage_id: Some(stage), ..JobnikTaskFilter::default() };
            Ok(Some(list(&mut connection, &filter).await?))
        })
        .await
    }

    /// A task; `None`: there is no such one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jobnik_task(&self, id: Uuid) -> Result<Option<JobnikTask>, Error> {
        deadline(async { Ok(read_these(&mut *self.db.pool.acquire().await?, &[id]).await?.pop()) }).await
    }
}

async fn stage_exists(connection: &mut Session, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
               WHERE j.id = $1 AND j.surface = 'jobnik' AND p.deleted_at IS NULL
           ) AS "exists!""#,
        id,
    )
    .fetch_one(connection)
    .await
}

async fn list(
    connection: &mut Session,
    filter: &JobnikTaskFilter,
) -> Result<JobnikList<JobnikTask>, sqlx::Error> {
    let ids = find(connection, filter).await?;
    let tasks = read_these(connection, &ids).await?;
    let all_read = tasks.len() == ids.len();
    let mut room = Room::new();
    let items = room.take(tasks, |task| bytes([&task.data, &task.user_metadata]));
    Ok(JobnikList { items, truncated: room.truncated || !all_read })
}

/// The tasks of these stages, as far as one list goes.
pub(super) async fn read_tasks_of(
    connection: &mut Session,
    stages: &[Uuid],
) -> Result<HashMap<Uuid, Vec<JobnikTask>>, sqlx::Error> {
    let mut ids = Vec::new();
    for some in portions(stages) {
        ids.extend(tasks_of(connection, some).await?);
        if ids.len() >= MOST_READ {
            ids.truncate(MOST_READ);
            break;
        }
    }
    let mut by_stage: HashMap<Uuid, Vec<JobnikTask>> = HashMap::new();
    for task in read_these(connection, &ids).await? {
        by_stage.entry(task.stage_id).or_default().push(task);
    }
    Ok(by_stage)
}

async fn tasks_of(connection: &mut Session, stages: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT t.id AS "id!"
           FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
           CROSS JOIN LATERAL (SELECT id, origins FROM jobs WHERE id = asked.id OFFSET 0) j
           CROSS JOIN LATERAL unnest(j.origins || 0) AS live (origin)
           CROSS JOIN LATERAL (
               SELECT id FROM tasks
               WHERE (windlass_line(job_id, origin), id) > (windlass_line(j.id, live.origin), '00000000-0000-0000-0000-000000000000')
                 AND (windlass_line(job_id, origin), id) <= (windlass_line(j.id, live.origin), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
               ORDER BY windlass_line(job_id, origin), id LIMIT $2
           ) t
           ORDER BY asked.place, t.id LIMIT $2"#,
        stages,
        READ_ROWS,
    )
    .fetch_all(connection)
    .await
}

/// These tasks in the order asked, as far as their texts fit into a list, and one more.
pub(super) async fn read_these(
    connection: &mut Session,
    ids: &[Uuid],
) -> Result<Vec<JobnikTask>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id AS "id!", job_id AS "job_id!", state AS "state!", stored AS "stored!", attempt AS "attempt!", max_attempts AS "max_attempts!",
                  created_at AS "created_at!", updated_at AS "updated_at!", leased_at, ended_at, payload, metadata, traceparent, tracestate
           FROM (
               SELECT t.id, t.job_id, t.state AS stored, t.attempt, t.max_attempts, t.created_at,
                      coalesce(t.updated_at, t.created_at) AS updated_at, t.leased_at, t.ended_at, b.payload, b.metadata, b.traceparent,
                      b.tracestate, asked.place,
                      windlass_task_state(
                          t.state, t.run, CASE WHEN j.kept THEN 'running' ELSE windlass_job_state(j.state, j.frozen) END, j.due, j.again_run,
                          j.all_again_run
                      ) AS state,
                      coalesce(sum(coalesce(octet_length(b.payload), 0) + coalesce(octet_length(b.metadata), 0)) OVER (
                          ORDER BY asked.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                      ), 0) AS bytes_before
               FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
               CROSS JOIN LATERAL (SELECT * FROM tasks WHERE id = asked.id OFFSET 0) t
               CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = t.job_id OFFSET 0) j
               LEFT JOIN LATERAL (SELECT * FROM task_payloads WHERE task_id = t.id OFFSET 0) b ON true
               WHERE j.surface = 'jobnik' AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
                 AND NOT windlass_is_gone(t.origin, j.origins)
           ) task
           WHERE bytes_before <= $2
           ORDER BY place"#,
        ids,
        LIST_BYTES,
    );
    Ok(rows.fetch_all(connection).await?.into_iter().map(JobnikTask::from).collect())
}

struct Row {
    id: Uuid,
    job_id: Uuid,
    state: String,
    stored: String,
    attempt: i32,
    max_attempts: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    leased_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    payload: Option<String>,
    metadata: Option<String>,
    traceparent: Option<String>,
    tracestate: Option<String>,
}

impl From<Row> for JobnikTask {
    fn from(row: Row) -> Self {
        let state = task_state(&row.state);
        let status = JobnikTaskStatus::of(state, row.attempt);
        // The attempt under way, or that succeeded, has not failed.
        let unfailed = matches!(row.stored.as_str(), "running" | "succeeded")
            && !matches!(status, JobnikTaskStatus::Retried);
        Self {
            id: row.id,
            stage_id: row.job_id,
            status,
            attempts: row.attempt - i32::from(unfailed),
            max_attempts: row.max_attempts,
            trace: Trace { traceparent: row.traceparent, tracestate: row.tracestate },
            data: row.payload,
            user_metadata: row.metadata,
            created_at: row.created_at,
            updated_at: row.updated_at,
            // What was handed back without a report never began.
            started_at: row.leased_at.filter(|_| status != JobnikTaskStatus::Pending),
            ended_at: row.ended_at.filter(|_| state.has_ended()),
        }
    }
}
