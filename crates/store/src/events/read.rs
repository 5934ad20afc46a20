//! `GET /v1/events`: the audit in commit order.
//!
//! An event's number is drawn in the transaction of the change, while the changed row is locked: the events of one thing are in the
//! order of its changes. (The transaction's own id would not do: it is assigned when a transaction begins to write, and one that then waits for a
//! lock changes the row after a younger one.) But a serial number shows 2 before 1 when the transaction that drew 1 commits later. So readers
//! are shown events up to a horizon only: the last number drawn at a moment, once every transaction that was under way at that moment has
//! ended. A reader that goes on after the last event it saw therefore misses none. What a restored backup does to that: `histories.rs`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, QueryBuilder, Row};
use uuid::Uuid;

use super::cursor::EventCursor;
use super::histories::Histories;
use crate::db::deadline;
use crate::view::Event;
use crate::{Error, Store};

/// How long a reader waits for transactions under way; they take a few milliseconds, and what is not shown now is shown next time.
const PATIENCE: Duration = Duration::from_millis(400);

/// What a look at the audit's end found.
struct Seen {
    histories: Histories,
    /// The last number drawn.
    drawn: i64,
    /// The highest number below which all can be read.
    horizon: i64,
}

/// Which events a reader wants.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Of this pipeline and all below it.
    pub pipeline_id: Option<Uuid>,
    /// Of this job and its tasks.
    pub job_id: Option<Uuid>,
    /// Of this task.
    pub task_id: Option<Uuid>,
}

impl Store {
    /// The events after `after`, oldest first, up to `limit`; empty when nothing new can be shown yet.
    ///
    /// # Errors
    /// [`Error::PlaceLost`], [`Error::Unavailable`].
    pub async fn events(
        &self,
        filter: &EventFilter,
        after: EventCursor,
        limit: i64,
    ) -> Result<Vec<Event>, Error> {
        let seen = self.look_at_events().await?;
        seen.histories.check(after, seen.drawn)?;
        let mut query = QueryBuilder::new(
            "SELECT e.number, e.at, e.entity, e.pipeline_id, e.job_id, e.task_id, e.from_state, e.to_state,
                 e.flag, e.reason, e.attempt, e.worker_id, e.actor, coalesce(e.correlation_id, p.correlation_id, (
                     SELECT first.correlation_id FROM events first
                     WHERE p.id IS NULL AND first.pipeline_id = e.pipeline_id AND first.correlation_id IS NOT NULL
                     ORDER BY first.number LIMIT 1
                 )) AS correlation_id
             FROM events e LEFT JOIN pipelines p ON p.id = e.pipeline_id
             WHERE e.number > ",
        );
        query.push_bind(after.number).push(" AND e.number <= ").push_bind(seen.horizon);
        if let Some(pipeline) = filter.pipeline_id {
            query.push(" AND e.pipeline_id = ").push_bind(pipeline);
        }
        if let Some(job) = filter.job_id {
            // A job's events are among its pipeline's; of one that is gone they are looked for everywhere.
            if let Some(pipeline) = self.pipeline_of_job(job).await? {
                query.push(" AND e.pipeline_id = ").push_bind(pipeline);
            }
            query.push(" AND e.job_id = ").push_bind(job);
        }
        if let Some(task) = filter.task_id {
            query.push(" AND e.task_id = ").push_bind(task);
        }
        query.push(format_args!(" ORDER BY e.number LIMIT {limit}"));
        let mut events: Vec<Event> = deadline(query.build_query_as().fetch_all(&self.db.pool)).await?;
        for event in &mut events {
            event.id = seen.histories.cursor(event.id.number);
        }
        Ok(events)
    }

    /// Refuses a position behind which a reader cannot go on.
    ///
    /// # Errors
    /// [`Error::PlaceLost`], [`Error::Unavailable`].
    pub async fn check_event_cursor(&self, after: EventCursor) -> Result<(), Error> {
        let seen = self.look_at_events().await?;
        seen.histories.check(after, seen.drawn)
    }

    async fn pipeline_of_job(&self, job: Uuid) -> Result<Option<Uuid>, Error> {
        let pipeline = sqlx::query_scalar!("SELECT pipeline_id FROM jobs WHERE id = $1", job);
        Ok(deadline(pipeline.fetch_optional(&self.db.pool)).await?)
    }

    /// The position after which everything is yet to come.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn event_head(&self) -> Result<EventCursor, Error> {
        let seen = self.look_at_events().await?;
        Ok(seen.histories.cursor(seen.horizon))
    }

    /// Finds the highest number below which every event can be read: the last one drawn now, if those who were writing now end within
    /// [`PATIENCE`], else one found earlier.
    async fn look_at_events(&self) -> Result<Seen, Error> {
        let drawn = sqlx::query!(
            r#"SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "number!",
                      ARRAY(SELECT epoch FROM event_histories ORDER BY epoch) AS "epochs!",
                      ARRAY(SELECT last_common FROM event_histories ORDER BY epoch) AS "last_common!"
               FROM event_numbers"#
        );
        let drawn = deadline(drawn.fetch_one(&self.db.pool)).await?;
        let histories = Histories::new(drawn.epochs, drawn.last_common);
        // A statement of its own, because a statement's snapshot is older than what it reads of a sequence: transactions that drew up to that number
        // was writing by now.
        let next = sqlx::query_scalar!(r#"SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS "next!""#);
        let next = deadline(next.fetch_one(&self.db.pool)).await?;
        let (known, epoch) = (&self.memory.event_horizon, histories.present());
        if known.of(epoch) < drawn.number {
            let settled = tokio::time::timeout(PATIENCE, self.outwait(&next)).await;
            if settled.is_ok_and(|ended| ended.is_ok()) {
                known.raise(epoch, drawn.number);
            }
        }
        Ok(Seen { histories, drawn: drawn.number, horizon: known.of(epoch) })
    }

    /// Waits until every transaction before `next` has ended.
    async fn outwait(&self, next: &str) -> Result<(), Error> {
        loop {
            let ended = sqlx::query_scalar!(
                r#"SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 AS "ended!""#,
                next
            );
            if ended.fetch_one(&self.db.pool).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl<'r> FromRow<'r, PgRow> for Event {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let at: DateTime<Utc> = row.try_get("at")?;
        Ok(Self {
            id: EventCursor { epoch: 0, number: row.try_get("number")? },
            at,
            entity: row.try_get("entity")?,
            pipeline_id: row.try_get("pipeline_id")?,
            job_id: row.try_get("job_id")?,
            task_id: row.try_get("task_id")?,
            from: row.try_get("from_state")?,
            to: row.try_get("to_state")?,
            flag: row.try_get("flag")?,
            reason: row.try_get("reason")?,
            attempt: row.try_get("attempt")?,
            worker_id: row.try_get("worker_id")?,
            actor: row.try_get("actor")?,
            correlation_id: row.try_get("correlation_id")?,
        })
    }
}
