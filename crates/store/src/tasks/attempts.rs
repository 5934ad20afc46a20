//! `GET /v1/tasks/{id}/attempts`: the history of a task, oldest first, the one under way last.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Limits, Outcome};

use super::attempt_cursor::AttemptCursor;
use super::read::failure;
use crate::db::{Page, deadline};
use crate::resource::Resource;
use crate::view::Attempt;
use crate::{Error, Store};

impl Store {
    /// A task's attempts, oldest first; late reports by their arrival.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn task_attempts(
        &self,
        id: Uuid,
        after: Option<AttemptCursor>,
        limit: i64,
    ) -> Result<Page<Attempt>, Error> {
        if !self.exists(Resource::Task, id).await? {
            return Err(Error::NotFound(Resource::Task));
        }
        let after = after.unwrap_or(AttemptCursor { ended_micros: i64::MIN, token: Uuid::nil() });
        let page = sqlx::query_file_as!(
            Row,
            "src/tasks/attempts.sql",
            id,
            after.ended_micros,
            after.token,
            limit + 1,
            Limits::PAGE_BYTES,
        );
        let rows = deadline(page.fetch_all(&self.db.pool)).await?;
        let fetched = rows.first().map(|row| row.fetched);
        Ok(Page::of(limit, fetched, rows.into_iter().map(Attempt::from)))
    }
}

struct Row {
    number: i32,
    worker_id: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    outcome: String,
    metrics: Option<String>,
    detail: Option<String>,
    token: Uuid,
    position: i64,
    category: Option<String>,
    message: Option<String>,
    error_detail: Option<String>,
    /// Rows of the page before it was cut.
    fetched: i64,
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        Self {
            cursor: AttemptCursor { ended_micros: row.position, token: row.token },
            number: row.number,
            worker_id: row.worker_id,
            started_at: row.started_at,
            ended_at: row.ended_at,
            outcome: Outcome::parse(&row.outcome).expect("a CHECK holds attempts.outcome to the known words"),
            error: failure(row.category, row.message, row.error_detail),
            metrics: row.metrics,
            detail: row.detail,
        }
    }
}
