//! Deadlines: cancels, with clean-up, pipelines that have not ended at their `deadline_at`.
//!
//! It looks at a bounded piece of an index of deadlines that count, the earliest first, and cancels each pipeline in a transaction of its own, a
//! few at a time, as a cancel by hand does. It claims a pipeline by its control row and passes over one that somebody holds: that one has
//! another server's attention, or is changed by hand just now. What it claims it looks at anew, so an end, a retry or a new deadline that came first
//! wins.
//!
//! How it fails: a pipeline that cannot be cancelled stays as it is and is tried again in the next round. The walk goes on behind it, so any number of
//! those holds up no other. A tick fails as a whole only if its look does.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use uuid::Uuid;

use super::overdue_walk::Overdue;
use crate::db::deadline;
use crate::events::Actor;
use crate::pipelines::{Cancellation, cancel_held, look_at};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Pipelines that one tick looks at.
const PIECE: i64 = 100;
/// Pipelines that are being cancelled at once.
const AT_ONCE: usize = 4;
/// Why it cancels.
const REASON: &str = "deadline";

impl Store {
    /// Cancels up to 100 pipelines whose deadline has come.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn cancel_overdue(&self) -> Result<Overdue, Error> {
        let walk = &self.memory.overdue;
        let from = walk.mark.from();
        let after = walk.round().after.unwrap_or((from, Uuid::nil()));
        let (due, now) = self.due_deadlines(after).await?;
        let full = i64::try_from(due.len()).is_ok_and(|found| found >= PIECE);
        walk.round().after = due.last().copied().filter(|_| full);
        let mut cancels = Vec::new();
        for (_, id) in &due {
            cancels.push(self.cancel_due(*id));
        }
        let outcomes: Vec<_> = stream::iter(cancels).buffer_unordered(AT_ONCE).collect().await;
        let overdue = walk.note(outcomes);
        if !full {
            walk.end_round(from, now);
        }
        Ok(Overdue { full, ..overdue })
    }

    /// Cancels a pipeline that is still past its deadline; says whether it did. Not one that somebody holds.
    async fn cancel_due(&self, id: Uuid) -> (Uuid, Result<bool, Error>) {
        let outcome = match transact!(self, work => claim(&mut work, id).await).await {
            // It ended, and may have been deleted, before it was held.
            Err(Error::NotFound(_) | Error::IllegalTransition { .. }) => Ok(false),
            outcome => outcome,
        };
        (id, outcome)
    }

    /// The next deadlines that have come, and the time of the look: one query, which is all that an idle tick costs.
    async fn due_deadlines(
        &self,
        (at, id): (DateTime<Utc>, Uuid),
    ) -> Result<(Vec<(DateTime<Utc>, Uuid)>, DateTime<Utc>), Error> {
        let look = sqlx::query!(
            r#"SELECT p.deadline_at AS "deadline_at?", p.id AS "id?", clock.now AS "now!"
               FROM (SELECT windlass_now() AS now) clock
               LEFT JOIN LATERAL (
                   SELECT deadline_at, id FROM pipelines
                   WHERE deadline_at IS NOT NULL AND ended_at IS NULL AND NOT cancelled
                     AND (deadline_at, id) > ($1, $2) AND deadline_at <= windlass_now()
                   ORDER BY deadline_at, id LIMIT $3
               ) p ON true"#,
            at,
            id,
            PIECE,
        );
        let rows = deadline(look.fetch_all(&self.db.pool)).await?;
        let now = rows.first().map(|row| row.now).expect("a look has its time");
        Ok((rows.into_iter().filter_map(|row| Some((row.deadline_at?, row.id?))).collect(), now))
    }
}

async fn claim(work: &mut Work, id: Uuid) -> Result<bool, Interrupt> {
    let claimed = sqlx::query_scalar!(
        "SELECT pipeline_id FROM pipeline_controls WHERE pipeline_id = $1 FOR UPDATE SKIP LOCKED",
        id
    )
    .fetch_optional(work.sql())
    .await?;
    if claimed.is_none() {
        return Ok(false);
    }
    let now = work.now().await?;
    let standing = look_at(work, id).await?;
    // Another server, an end, a retry or a change by hand came first.
    let over = standing.state.has_ended() || standing.cancelling;
    if over || standing.deadline_at.is_none_or(|at| at > now) {
        return Ok(false);
    }
    let cancel = Cancellation { clean_up: true, reason: Some(REASON.to_owned()), actor: Actor::Server };
    cancel_held(work, id, &cancel).await?;
    Ok(true)
}
