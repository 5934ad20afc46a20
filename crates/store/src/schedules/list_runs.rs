//! `GET /v1/schedules/{name}/runs`.

use windlass_domain::{Limits, ScheduleName};

use super::row::RunRow;
use super::schedule::ScheduleRun;
use crate::db::{Page, deadline};
use crate::resource::Resource;
use crate::{Error, Store};

impl Store {
    /// Runs of a schedule below the number `before`, newest recorded first, `limit` at the most, as far as their details take 8 MiB.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn list_schedule_runs(
        &self,
        name: &ScheduleName,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Page<ScheduleRun>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            let id = sqlx::query_scalar!("SELECT id FROM schedules WHERE name = $1", name.as_str())
                .fetch_optional(&mut *connection)
                .await?
                .ok_or(Error::NotFound(Resource::Schedule))?;
            let rows = sqlx::query!(
                r#"WITH page AS MATERIALIZED (
                       SELECT number, scheduled_at, started_at, outcome, pipeline_id, detail FROM schedule_runs
                       WHERE (schedule_id, number) < ($1, $2) AND schedule_id >= $1
                       ORDER BY schedule_id DESC, number DESC LIMIT $3
                   )
                   SELECT number AS "number!", scheduled_at AS "scheduled_at!", started_at AS "started_at?", outcome AS "outcome!",
                          pipeline_id AS "pipeline_id?", detail AS "detail?", fetched AS "fetched!"
                   FROM (
                       SELECT *, count(*) OVER () AS fetched, coalesce(sum(octet_length(coalesce(detail, ''))) OVER (
                           ORDER BY number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ), 0) AS bytes_before
                       FROM page
                   ) sized
                   WHERE bytes_before < $4
                   ORDER BY number DESC"#,
                id,
                before.unwrap_or(i64::MAX),
                limit + 1,
                Limits::PAGE_BYTES,
            )
            .fetch_all(&mut *connection)
            .await?;
            let fetched = rows.first().map(|row| row.fetched);
            let runs = rows.into_iter().map(|row| RunRow {
                number: row.number,
                scheduled_at: row.scheduled_at,
                started_at: row.started_at,
                outcome: row.outcome,
                pipeline_id: row.pipeline_id,
                detail: row.detail,
            });
            Ok(Page::of(limit, fetched, runs.map(ScheduleRun::from)))
        })
        .await
    }
}
