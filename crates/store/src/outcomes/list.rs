//! `GET /v1/outcomes`.
//!
//! A page is made of windows: it ends when it is full, when nothing is left, or after a second (see `Store::looking_for`); then it is shorter, and the next one goes on where this one
//! looked last.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::time::timeout;
use uuid::Uuid;

use super::cursor::OutcomeCursor;
use super::filter::OutcomeFilter;
use super::walk::{Row, read_window};
use crate::db::{Session, deadline};
use crate::view::ItemOutcome;
use crate::{Error, Store};

/// After that much no writer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A page of outcomes.
#[derive(Debug, Clone)]
pub struct OutcomePage {
    /// The newest first.
    pub items: Vec<ItemOutcome>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<OutcomeCursor>,
}

impl Store {
    /// Outcomes, the newest first, up to `limit`. A page may have fewer, even none, while another one follows.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_outcomes(
        &self,
        filter: &OutcomeFilter,
        after: Option<OutcomeCursor>,
        limit: i64,
    ) -> Result<OutcomePage, Error> {
        deadline(async {
            let from = match after {
                Some(after) => after,
                None => self.begin(filter).await?,
            };
            let mut connection = self.db.pool.acquire().await?;
            Ok(read_page(&mut connection, filter, from, limit, self.looks_for).await?)
        })
        .await
    }

    /// The position of a first page. What is current is as of the last number drawn, once those who may still write up to it have ended: one that
    /// came between two pages would replace what is shown later, and stand itself where the walk has been. Who writes for longer than
    /// [`PATIENCE`] is not waited for.
    async fn begin(&self, filter: &OutcomeFilter) -> Result<OutcomeCursor, Error> {
        if !filter.current {
            return Ok(OutcomeCursor { below: i64::MAX, as_of: i64::MAX });
        }
        let as_of = last_number(&mut *self.db.pool.acquire().await?).await?;
        if let Ok(Err(error)) = timeout(PATIENCE, self.outwait_writers()).await {
            return Err(error);
        }
        Ok(OutcomeCursor { below: i64::MAX, as_of })
    }
}

/// The last number drawn; 0 before the first.
pub(super) async fn last_number(connection: &mut Session) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "number!" FROM outcome_numbers"#
    )
    .fetch_one(connection)
    .await
}

async fn read_page(
    connection: &mut Session,
    filter: &OutcomeFilter,
    from: OutcomeCursor,
    limit: i64,
    looks_for: Duration,
) -> Result<OutcomePage, sqlx::Error> {
    let begun = Instant::now();
    let wanted = usize::try_from(limit).unwrap_or(0);
    let (mut rows, mut looked_to) = (Vec::new(), Some(from.below));
    // One more than the page holds shows whether another follows.
    while let Some(below) = looked_to.filter(|_| rows.len() <= wanted) {
        let missing = limit + 1 - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let window = read_window(connection, filter, OutcomeCursor { below, ..from }, missing).await?;
        looked_to = window.last().filter(|row| row.ends_window).map(|row| row.number);
        rows.extend(window.into_iter().filter(|row| row.fits));
        if begun.elapsed() > looks_for {
            break;
        }
    }
    let full = rows.len() > wanted;
    rows.truncate(wanted);
    let last = if full { rows.last().map(|row| row.number) } else { looked_to };
    let next = last.map(|below| OutcomeCursor { below, ..from });
    Ok(OutcomePage { items: rows.into_iter().map(ItemOutcome::from).collect(), next })
}

impl From<Row> for ItemOutcome {
    fn from(row: Row) -> Self {
        Self {
            id: id_of(row.at, row.number),
            at: row.at,
            subject: row.subject,
            kind: row.kind,
            disposition: row.disposition,
            reason: row.reason,
            version: row.version,
            detail: row.detail,
            type_name: row.type_name,
            pipeline_id: row.pipeline_id,
            job_id: row.job_id,
            task_id: row.task_id,
            attempt: row.attempt,
            worker_id: row.worker_id,
        }
    }
}

/// The id of an outcome, a `UUIDv7`: its time, and its number where others have random bits. So it costs its row nothing.
fn id_of(at: DateTime<Utc>, number: i64) -> Uuid {
    let milliseconds = u128::try_from(at.timestamp_millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    let number = u128::from(number.unsigned_abs());
    let (high, low) = (number >> 52 & 0xfff, number & 0xf_ffff_ffff_ffff);
    Uuid::from_u128(milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_version_7_and_rises_with_the_number() {
        let at: DateTime<Utc> = "2026-11-22T20:00:00.123Z".parse().unwrap();
        let ids: Vec<Uuid> = [1, 2, 1 << 51, 1 << 52, i64::MAX].map(|number| id_of(at, number)).into();
        assert!(ids.is_sorted());
        for id in &ids {
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
            let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
            assert_eq!((seconds, nanos), (1_795_377_600, 123_000_000));
        }
        let later = id_of(at + chrono::TimeDelta::milliseconds(1), 1);
        assert!(later > ids[4]);
    }
}
