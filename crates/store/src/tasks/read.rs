//! `GET /v1/tasks` and `GET /v1/tasks/{id}`.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row};
use uuid::Uuid;
use windlass_domain::TaskState;

use crate::error::Resource;
use crate::input::{Paging, TaskFilter};
use crate::page::{fetch_page, start_page};
use crate::transaction::deadline;
use crate::view::{Failure, Page, Task, TaskProgress};
use crate::{Error, Store};

/// The effective state everywhere: see `windlass_task_state`. A succeeded task shows its result, every other one the
/// error of its last failed attempt.
const COLUMNS: &str = "SELECT t.id, t.job_id, j.pipeline_id, j.type, windlass_task_state(t.state, j.state, j.due) AS state,
         CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload, b.metadata, t.attempt, t.max_attempts,
         greatest(t.run_at, j.run_at) AS run_at, g.current, g.total, g.message AS progress_message,
         CASE WHEN t.state = 'succeeded' THEN o.result END AS result,
         CASE WHEN t.state <> 'succeeded' THEN o.category END AS category, o.message, o.detail,
         l.worker_id, l.expires_at, t.created_at, t.started_at, coalesce(t.ended_at, j.ended_at) AS ended_at,
         (coalesce(octet_length(CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END), 0)
             + coalesce(octet_length(b.metadata), 0) + coalesce(octet_length(o.result), 0)
             + coalesce(octet_length(o.detail), 0))::bigint AS bytes
     FROM tasks t
     JOIN jobs j ON j.id = t.job_id
     JOIN job_specs s ON s.job_id = t.job_id
     JOIN pipelines p ON p.id = j.pipeline_id
     LEFT JOIN task_payloads b ON b.task_id = t.id
     LEFT JOIN task_progress g ON g.task_id = t.id
     LEFT JOIN leases l ON l.task_id = t.id
     LEFT JOIN LATERAL (
         SELECT * FROM task_outcomes o WHERE o.task_id = t.id ORDER BY o.attempt DESC LIMIT 1
     ) o ON t.state <> 'succeeded' OR o.attempt = t.attempt
     WHERE p.deleted_at IS NULL";

impl Store {
    /// A task.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn task(&self, id: Uuid) -> Result<Task, Error> {
        deadline(async {
            let mut tasks = read_tasks(&mut *self.pool.acquire().await?, &[id]).await?;
            tasks.pop().ok_or(Error::NotFound(Resource::Task))
        })
        .await
    }

    /// Tasks, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_tasks(&self, filter: &TaskFilter, paging: Paging) -> Result<Page<Task>, Error> {
        let mut query = start_page("id DESC");
        query.push(COLUMNS);
        push_filter(&mut query, filter);
        if let Some(after) = paging.after {
            query.push(" AND t.id < ").push_bind(after);
        }
        // A number and not a parameter: of that, a generic plan would assume a tenth of the table.
        query.push(format_args!(" ORDER BY t.id DESC LIMIT {}", paging.limit + 1));
        deadline(async {
            let mut connection = self.pool.acquire().await?;
            Ok(fetch_page(&mut connection, query, "id DESC", paging.limit).await?)
        })
        .await
    }
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    if let Some(job) = filter.job_id {
        query.push(" AND t.job_id = ").push_bind(job);
    }
    if let Some(pipeline) = filter.pipeline_id {
        query.push(" AND j.pipeline_id = ").push_bind(pipeline);
    }
    if let Some(type_name) = &filter.type_name {
        query.push(" AND j.type = ").push_bind(type_name.clone());
    }
    if let Some(state) = filter.state {
        query.push(" AND ").push(is_effectively(state));
    }
}

/// The condition that a task's effective state is this one, in terms of what is stored: `windlass_task_state` turned round, so that
/// the planner knows how many rows it holds for and which partial index serves it.
fn is_effectively(state: TaskState) -> &'static str {
    match state {
        TaskState::Succeeded => "t.state = 'succeeded'",
        TaskState::Failed => "t.state = 'failed'",
        TaskState::Running => "t.state = 'running' AND l.task_id IS NOT NULL",
        TaskState::Pending => "t.state IN ('queued', 'scheduled') AND j.state = 'pending'",
        TaskState::Queued => "t.state = 'queued' AND j.state IN ('queued', 'running') AND j.due",
        TaskState::Scheduled => {
            "(t.state = 'scheduled' OR t.state = 'queued' AND NOT j.due) AND j.state IN ('queued', 'running')"
        }
        TaskState::Cancelled => {
            "(t.state = 'cancelled' OR t.state IN ('queued', 'scheduled', 'running')
                AND j.state IN ('succeeded', 'failed', 'cancelled'))"
        }
        TaskState::Skipped => {
            "(t.state = 'skipped' OR t.state IN ('queued', 'scheduled', 'running') AND j.state = 'skipped')"
        }
    }
}

/// These tasks, as this connection's transaction sees them, in no order; those that do not exist are left out.
pub(crate) async fn read_tasks(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Task>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" AND t.id = ANY(").push_bind(ids.to_vec()).push(")");
    query.build_query_as().fetch_all(connection).await
}

/// The state of an effective or stored word.
pub(crate) fn task_state(word: &str) -> TaskState {
    TaskState::parse(word).expect("a CHECK and a function hold task states to the known words")
}

impl<'r> FromRow<'r, PgRow> for Task {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            job_id: row.try_get("job_id")?,
            pipeline_id: row.try_get("pipeline_id")?,
            type_name: row.try_get("type")?,
            state: task_state(row.try_get("state")?),
            payload: row.try_get("payload")?,
            metadata: row.try_get("metadata")?,
            attempt: row.try_get("attempt")?,
            max_attempts: row.try_get("max_attempts")?,
            run_at: row.try_get("run_at")?,
            progress: progress(row)?,
            result: row.try_get("result")?,
            error: failure(row)?,
            worker_id: row.try_get("worker_id")?,
            lease_expires_at: row.try_get("expires_at")?,
            created_at: row.try_get("created_at")?,
            started_at: row.try_get("started_at")?,
            ended_at: row.try_get("ended_at")?,
        })
    }
}

fn progress(row: &PgRow) -> Result<Option<TaskProgress>, sqlx::Error> {
    let Some(current) = row.try_get("current")? else { return Ok(None) };
    let (total, message) = (row.try_get("total")?, row.try_get("progress_message")?);
    Ok(Some(TaskProgress { current, total, message }))
}

/// The error in a row with the columns `category`, `message` and `detail`.
pub(crate) fn failure(row: &PgRow) -> Result<Option<Failure>, sqlx::Error> {
    let Some(category) = row.try_get("category")? else { return Ok(None) };
    Ok(Some(Failure { category, message: row.try_get("message")?, detail: row.try_get("detail")? }))
}
