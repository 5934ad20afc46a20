//! `DELETE /v1/outcomes?subject=`.
//!
//! A subject may have a million outcomes, so they go piece by piece, each in a transaction; what is recorded meanwhile stays. The event is written with
//! the first piece. A removal that was interrupted is finished by asking again.

use super::list::last_number;
use crate::db::deadline;
use crate::events::{Actor, Event};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Rows that one transaction removes.
const PIECE: i64 = 10_000;

/// What a transaction has removed.
struct Removed {
    rows: u64,
    /// The last number that has been looked at, where there may be more.
    looked_to: Option<i64>,
}

impl Store {
    /// Removes all outcomes of a subject; answers how many.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; then some may have been removed.
    pub async fn remove_outcomes(&self, subject: &str) -> Result<u64, Error> {
        let last =
            deadline(async { last_number(&mut *self.db.pool.acquire().await?).await.map_err(Error::from) });
        let (mut removed, mut looked_to) = (0, Some(last.await?));
        while let Some(from) = looked_to {
            let first = removed == 0;
            let piece = transact!(self, work => remove_piece(&mut work, subject, from, first).await).await?;
            removed += piece.rows;
            looked_to = piece.looked_to;
        }
        Ok(removed)
    }
}

async fn remove_piece(work: &mut Work, subject: &str, from: i64, first: bool) -> Result<Removed, Interrupt> {
    let piece = sqlx::query!(
        r#"SELECT min(number), count(*) AS "rows!"
           FROM (
               SELECT number FROM outcomes WHERE (subject, number) <= ($1::text, $2::bigint) AND subject >= $1
               ORDER BY subject DESC, number DESC LIMIT $3
           ) piece"#,
        subject,
        from,
        PIECE,
    )
    .fetch_one(work.sql())
    .await?;
    let Some(lowest) = piece.min else { return Ok(Removed { rows: 0, looked_to: None }) };
    let rows = sqlx::query!(
        "DELETE FROM outcomes WHERE subject = $1 AND number >= $2 AND number <= $3",
        subject,
        lowest,
        from
    )
    .execute(work.sql())
    .await?
    .rows_affected();
    if first && rows > 0 {
        work.effects.events.push(Event::outcomes_removed(Actor::Caller(work.caller)));
    }
    Ok(Removed { rows, looked_to: (piece.rows == PIECE).then_some(lowest - 1) })
}
