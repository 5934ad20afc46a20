//! `GET /v1/schedules` and `GET /v1/schedules/{name}`.

use windlass_domain::{Limits, ScheduleName};

use super::row::Row;
use super::schedule::Schedule;
use crate::db::{Page, Session, deadline};
use crate::resource::Resource;
use crate::{Error, Store};

impl Store {
    /// A schedule.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn schedule(&self, name: &ScheduleName) -> Result<Schedule, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            read_schedule(&mut connection, name.as_str()).await
        })
        .await
    }

    /// Schedules by name, behind the name `after`, `limit` at the most; only those of this template if one is named.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_schedules(
        &self,
        template: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Page<Schedule>, Error> {
        let page = sqlx::query_file_as!(
            Row,
            "src/schedules/page.sql",
            after.unwrap_or_default(),
            template,
            limit + 1,
            Limits::PAGE_BYTES,
        );
        let rows = deadline(page.fetch_all(&self.db.pool)).await?;
        let fetched = rows.first().map(|row| row.fetched);
        Ok(Page::of(limit, fetched, rows.into_iter().map(Schedule::from)))
    }
}

/// One schedule, as this connection's transaction sees it.
pub(super) async fn read_schedule(connection: &mut Session, name: &str) -> Result<Schedule, Error> {
    let row = sqlx::query_file_as!(Row, "src/schedules/read.sql", name).fetch_optional(connection).await?;
    row.map(Schedule::from).ok_or(Error::NotFound(Resource::Schedule))
}

/// The same with its row locked until the end of the transaction; `None` where there is none.
pub(super) async fn hold_schedule(
    connection: &mut Session,
    name: &str,
) -> Result<Option<Schedule>, sqlx::Error> {
    let row = sqlx::query_file_as!(Row, "src/schedules/read_held.sql", name).fetch_optional(connection);
    Ok(row.await?.map(Schedule::from))
}
