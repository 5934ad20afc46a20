//! Cancelling the earlier pipelines of a schedule, before a run that does not overlap with them is made.

use uuid::Uuid;

use super::claim::Claim;
use crate::db::deadline;
use crate::events::Actor;
use crate::pipelines::{Cancellation, cancel_held, lock_control};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Cancels, with clean-up, what was made for earlier times than the one claimed and has not ended; triggered pipelines are left alone. Each is
    /// cancelled in a transaction of its own, the oldest first. None is where the claim no longer holds: its run would not be made.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn cancel_earlier_runs(&self, claim: &Claim) -> Result<(), Error> {
        let earlier = sqlx::query_scalar!(
            r#"SELECT p.id AS "id!" FROM pipelines p
               CROSS JOIN LATERAL (
                   SELECT FROM schedule_runs
                   WHERE pipeline_id IS NOT NULL AND pipeline_id = p.id AND schedule_id = $2 AND outcome = 'created'
                     AND scheduled_at < $3 OFFSET 0
               ) run
               WHERE p.schedule IS NOT NULL AND p.schedule = $1 AND p.ended_at IS NULL
                 AND EXISTS (
                     SELECT FROM schedules WHERE name = $1 AND id = $2 AND revision = $4 AND next_run_at = $3 AND NOT paused
                 )
               ORDER BY p.id"#,
            claim.name,
            claim.id,
            claim.due,
            claim.revision,
        );
        let earlier = deadline(earlier.fetch_all(&self.db.pool)).await?;
        let reason = Some(format!("a later run of the schedule {}", claim.name));
        let cancel = Cancellation { clean_up: true, reason, actor: Actor::Server };
        for id in earlier {
            match transact!(self, work => cancel_one(&mut work, id, &cancel).await).await {
                // It ended first.
                Ok(()) | Err(Error::NotFound(_) | Error::IllegalTransition { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

async fn cancel_one(work: &mut Work, id: Uuid, cancel: &Cancellation) -> Result<(), Interrupt> {
    lock_control(work, id).await?;
    cancel_held(work, id, cancel).await
}
