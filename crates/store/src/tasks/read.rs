//! `GET /v1/tasks` and `GET /v1/tasks/{id}`.
//!
//! The effective state everywhere: see `windlass_task_state`. A succeeded task shows its result, every other one the
//! error of its last failed attempt, and the checkpoint that its next attempt gets. A stale one shows what bringing it back will write (`retry/back.rs`).

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Limits, TaskState};

use super::list::find;
use super::windows::Found;
use crate::db::{Page, Session, deadline};
use crate::input::{Paging, TaskFilter};
use crate::resource::Resource;
use crate::view::{Failure, Task, TaskProgress};
use crate::{Error, Store};

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
            let Found { ids, looked_to } = find(&mut connection, filter, paging, self.looks_for).await?;
            let page = sqlx::query_file_as!(Row, "src/tasks/page.sql", &ids, Limits::PAGE_BYTES);
            let rows = page.fetch_all(&mut *connection).await?;
            let fetched = rows.first().map(|row| row.fetched);
            let page = Page::of(paging.limit, fetched, rows.into_iter().map(Task::from));
            let resume = looked_to.filter(|_| !page.more);
            Ok(Page { resume, ..page })
        })
        .await
    }
}

/// These tasks, as this connection's transaction sees them, in no order; those that do not exist are left out.
pub(crate) async fn read_tasks(connection: &mut Session, ids: &[Uuid]) -> Result<Vec<Task>, sqlx::Error> {
    let tasks = sqlx::query_file_as!(Row, "src/tasks/read.sql", ids).fetch_all(connection).await?;
    Ok(tasks.into_iter().map(Task::from).collect())
}

/// These tasks, whatever has become of them, in no order, without payload and result.
pub(crate) async fn read_tasks_bare(
    connection: &mut Session,
    ids: &[Uuid],
) -> Result<Vec<Task>, sqlx::Error> {
    let tasks = sqlx::query_file_as!(Row, "src/tasks/read_bare.sql", ids).fetch_all(connection).await?;
    Ok(tasks.into_iter().map(Task::from).collect())
}

/// The first `limit` of these tasks, in their order, as far as they fit a page; and whether there are more. Those that do not exist are left out.
pub(crate) async fn read_in_order(
    connection: &mut Session,
    ids: &[Uuid],
    limit: i64,
) -> Result<(Vec<Task>, bool), sqlx::Error> {
    let rows = sqlx::query_file_as!(Row, "src/tasks/page_in_order.sql", ids, Limits::PAGE_BYTES);
    let rows = rows.fetch_all(connection).await?;
    let fetched = rows.first().map(|row| row.fetched);
    let page = Page::of(limit, fetched, rows.into_iter().map(Task::from));
    Ok((page.items, page.more))
}

/// The state of an effective or stored word.
pub(crate) fn task_state(word: &str) -> TaskState {
    TaskState::parse(word).expect("a CHECK and a function hold task states to the known words")
}

struct Row {
    id: Uuid,
    job_id: Uuid,
    pipeline_id: Uuid,
    type_name: String,
    state: String,
    payload: Option<String>,
    metadata: Option<String>,
    attempt: i32,
    max_attempts: i32,
    run_at: Option<DateTime<Utc>>,
    current: Option<f64>,
    total: Option<f64>,
    progress_message: Option<String>,
    result: Option<String>,
    checkpoint: Option<String>,
    category: Option<String>,
    message: Option<String>,
    detail: Option<String>,
    worker_id: Option<String>,
    lease_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// Rows of the page before it was cut.
    fetched: i64,
}

impl From<Row> for Task {
    fn from(row: Row) -> Self {
        let progress = |current| TaskProgress { current, total: row.total, message: row.progress_message };
        Self {
            id: row.id,
            job_id: row.job_id,
            pipeline_id: row.pipeline_id,
            type_name: row.type_name,
            state: task_state(&row.state),
            payload: row.payload,
            metadata: row.metadata,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            run_at: row.run_at,
            progress: row.current.map(progress),
            result: row.result,
            checkpoint: row.checkpoint,
            error: failure(row.category, row.message, row.detail),
            worker_id: row.worker_id,
            lease_expires_at: row.lease_expires_at,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            reported_at: None,
        }
    }
}

/// The error of an attempt's outcome; `None` where it left none.
pub(crate) fn failure(
    category: Option<String>,
    message: Option<String>,
    detail: Option<String>,
) -> Option<Failure> {
    let (category, message) = category.zip(message)?;
    Some(Failure { category, message, detail })
}
