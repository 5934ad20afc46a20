//! `GET /v1/events`: the audit in commit order.
//!
//! A serial number shows 2 before 1 when the transaction that drew 1 commits later. So the place of an event is its transaction's id and then its
//! number, and a reader is shown only what no transaction still under way can precede: everything below the oldest of them. A
//! reader that goes on after the last event it saw therefore misses none.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, QueryBuilder, Row};
use uuid::Uuid;

use crate::transaction::deadline;
use crate::view::Event;
use crate::{Error, Store};

/// A place in the audit; as text it is opaque, of one length, and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    xid: u64,
    number: u64,
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

impl EventCursor {
    /// Before every event.
    pub const START: Self = Self { xid: 0, number: 0 };
}

impl Store {
    /// The events after `after`, oldest first, up to `limit`; empty when nothing new can be shown yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn events(
        &self,
        filter: &EventFilter,
        after: EventCursor,
        limit: i64,
    ) -> Result<Vec<Event>, Error> {
        let mut query = QueryBuilder::new(
            "SELECT e.xid::text AS xid, e.number, e.at, e.entity, e.pipeline_id, e.job_id, e.task_id, e.from_state, e.to_state,
                 e.flag, e.reason, e.attempt, e.worker_id, e.actor, coalesce(e.correlation_id, p.correlation_id, (
                     SELECT first.correlation_id FROM events first
                     WHERE p.id IS NULL AND first.pipeline_id = e.pipeline_id AND first.correlation_id IS NOT NULL
                     ORDER BY first.xid, first.number LIMIT 1
                 )) AS correlation_id
             FROM events e LEFT JOIN pipelines p ON p.id = e.pipeline_id
             WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot()) AND (e.xid, e.number) > (",
        );
        query.push_bind(after.xid.to_string()).push("::text::xid8, ");
        query.push_bind(i64::try_from(after.number).unwrap_or(i64::MAX)).push(")");
        if let Some(pipeline) = filter.pipeline_id {
            query.push(" AND e.pipeline_id = ").push_bind(pipeline);
        }
        if let Some(job) = filter.job_id {
            query.push(" AND e.job_id = ").push_bind(job);
        }
        if let Some(task) = filter.task_id {
            query.push(" AND e.task_id = ").push_bind(task);
        }
        query.push(format_args!(" ORDER BY e.xid, e.number LIMIT {}", limit));
        deadline(async { Ok(query.build_query_as().fetch_all(&self.pool).await?) }).await
    }

    /// The place after which everything is yet to come.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn event_head(&self) -> Result<EventCursor, Error> {
        let oldest = sqlx::query_scalar!(r#"SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS "xid!""#);
        let oldest = deadline(async { Ok(oldest.fetch_one(&self.pool).await?) }).await?;
        Ok(EventCursor { xid: oldest.parse().unwrap_or(0), number: 0 })
    }
}

impl<'r> FromRow<'r, PgRow> for Event {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let (xid, number): (String, i64) = (row.try_get("xid")?, row.try_get("number")?);
        let at: DateTime<Utc> = row.try_get("at")?;
        Ok(Self {
            id: EventCursor { xid: xid.parse().unwrap_or(0), number: number.unsigned_abs() },
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

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.xid, self.number)
    }
}

impl FromStr for EventCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let half = |text: &str| u64::from_str_radix(text, 16).map_err(|_| ());
        Ok(Self { xid: half(&text[..16])?, number: half(&text[16..])? })
    }
}
