//! `GET /v1/tasks/{id}/attempts`: the history of a task, oldest first, the one under way last.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use uuid::Uuid;
use windlass_domain::Outcome;

use super::attempt_cursor::AttemptCursor;
use super::read::failure;
use crate::db::Page;
use crate::db::deadline;
use crate::db::{fetch_page, start_page};
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
        let mut query = start_page("position, token");
        query
            .push(
                "SELECT a.*, o.category, o.message, o.detail AS error_detail,
                     (coalesce(octet_length(a.detail), 0) + coalesce(octet_length(o.detail), 0))::bigint AS bytes
                 FROM (
                     SELECT number, worker_id, started_at, ended_at, outcome, metrics, detail, token,
                            (extract(epoch FROM ended_at) * 1000000)::bigint AS position
                     FROM attempts WHERE task_id = ",
            )
            .push_bind(id)
            .push(
                " UNION ALL
                     SELECT attempt, worker_id, started_at, NULL, 'running', NULL, NULL, token, 9223372036854775807
                     FROM leases WHERE task_id = ",
            )
            .push_bind(id)
            .push(") a LEFT JOIN task_outcomes o ON a.outcome = 'failed' AND o.attempt = a.number AND o.task_id = ")
            .push_bind(id)
            .push(" WHERE true");
        if let Some(after) = after {
            query
                .push(" AND (a.position, a.token) > (")
                .push_bind(after.ended_micros)
                .push(", ")
                .push_bind(after.token)
                .push(")");
        }
        query.push(format_args!(" ORDER BY a.position, a.token LIMIT {}", limit + 1));
        deadline(async {
            Ok(fetch_page(&mut *self.db.pool.acquire().await?, query, "position, token", limit).await?)
        })
        .await
    }
}

impl<'r> FromRow<'r, PgRow> for Attempt {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let ended_at: Option<DateTime<Utc>> = row.try_get("ended_at")?;
        let outcome: &str = row.try_get("outcome")?;
        let mut error = failure(row)?;
        if let Some(error) = &mut error {
            error.detail = row.try_get("error_detail")?;
        }
        Ok(Self {
            cursor: AttemptCursor { ended_micros: row.try_get("position")?, token: row.try_get("token")? },
            number: row.try_get("number")?,
            worker_id: row.try_get("worker_id")?,
            started_at: row.try_get("started_at")?,
            ended_at,
            outcome: Outcome::parse(outcome).expect("a CHECK holds attempts.outcome to the known words"),
            error,
            metrics: row.try_get("metrics")?,
            detail: row.try_get("detail")?,
        })
    }
}
