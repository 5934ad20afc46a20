//! `GET /v1/tasks` and `GET /v1/tasks/{id}`.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, QueryBuilder, Row};
use uuid::Uuid;
use windlass_domain::TaskState;

use super::list::ids;
use super::windows::{self, Found};
use crate::db::Page;
use crate::db::deadline;
use crate::db::{fetch_page, start_page};
use crate::input::{Paging, TaskFilter};
use crate::resource::Resource;
use crate::view::{Failure, Task, TaskProgress};
use crate::{Error, Store};

/// The effective state everywhere: see `windlass_task_state`. A succeeded task shows its result, every other one the
/// error of its last failed attempt. A stale one shows what bringing it back will write (`retry/back.rs`).
const COLUMNS: &str = "SELECT t.id, t.job_id, j.pipeline_id, j.type,
         windlass_task_state(t.state, t.run, j.state, j.due, j.again_run, j.all_again_run) AS state,
         CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END AS payload, b.metadata, t.attempt,
         CASE WHEN again.again THEN t.attempt + s.max_attempts ELSE t.max_attempts END AS max_attempts,
         greatest(CASE WHEN NOT again.again OR t.started_at IS NULL THEN t.run_at END, j.run_at) AS run_at, g.current, g.total, g.message AS progress_message,
         CASE WHEN t.state = 'succeeded' AND NOT again.again THEN o.result END AS result,
         CASE WHEN t.state <> 'succeeded' OR again.again THEN o.category END AS category, o.message, o.detail,
         l.worker_id, l.expires_at, t.created_at,
         CASE WHEN NOT again.again THEN t.started_at END AS started_at,
         coalesce(CASE WHEN NOT again.again THEN t.ended_at END, j.ended_at) AS ended_at,
         (coalesce(octet_length(CASE WHEN t.payload_from_job THEN s.payload ELSE b.payload END), 0)
             + coalesce(octet_length(b.metadata), 0) + coalesce(octet_length(o.result), 0)
             + coalesce(octet_length(o.detail), 0))::bigint AS bytes
     FROM tasks t
     JOIN jobs j ON j.id = t.job_id
     JOIN job_specs s ON s.job_id = t.job_id
     CROSS JOIN LATERAL (SELECT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run) AS again) again
     LEFT JOIN task_payloads b ON b.task_id = t.id
     LEFT JOIN task_progress g ON g.task_id = t.id AND NOT again.again
     LEFT JOIN leases l ON l.task_id = t.id
     LEFT JOIN LATERAL (
         SELECT * FROM task_outcomes o WHERE o.task_id = t.id ORDER BY o.attempt DESC LIMIT 1
     ) o ON t.state <> 'succeeded' OR again.again OR o.attempt = t.attempt
     WHERE (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)";

impl Store {
    /// A task.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn task(&self, id: Uuid) -> Result<Task, Error> {
        deadline(async {
            let mut tasks = read_tasks(&mut *self.db.pool.acquire().await?, &[id]).await?;
            tasks.pop().ok_or(Error::NotFound(Resource::Task))
        })
        .await
    }

    /// Tasks, the newest first. The page may be short where few tasks fit among many; then `resume` says where the next one begins.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_tasks(&self, filter: &TaskFilter, paging: Paging) -> Result<Page<Task>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let Found { ids, looked_to } = find(&mut connection, filter, paging).await?;
            let mut query = start_page("id DESC");
            query.push(COLUMNS).push(" AND t.id = ANY(").push_bind(ids).push(") ORDER BY t.id DESC");
            let page: Page<Task> = fetch_page(&mut connection, query, "id DESC", paging.limit).await?;
            let resume = looked_to.filter(|_| !page.more);
            Ok(Page { resume, ..page })
        })
        .await
    }
}

async fn find(
    connection: &mut PgConnection,
    filter: &TaskFilter,
    paging: Paging,
) -> Result<Found, sqlx::Error> {
    let few_jobs = has_few_jobs(connection, filter).await?;
    let Some(mut query) = ids(filter, paging, few_jobs) else {
        return windows::find(connection, filter, paging).await;
    };
    Ok(Found { ids: query.build_query_scalar().fetch_all(connection).await?, looked_to: None })
}

/// Whether the filter's type has so few jobs that a page is found by asking each of them.
async fn has_few_jobs(connection: &mut PgConnection, filter: &TaskFilter) -> Result<bool, sqlx::Error> {
    let Some(type_name) = &filter.type_name else { return Ok(false) };
    let jobs = sqlx::query_scalar!(
        "SELECT count(*) AS \"jobs!\" FROM (SELECT FROM jobs WHERE type = $1 LIMIT 1001) few",
        type_name,
    )
    .fetch_one(connection)
    .await?;
    Ok(jobs <= 1_000)
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
