//! What a run that waits is held by while it is made, or written down as failed.

use super::claim::WaitingRun;
use crate::work::Work;

/// Locks a run that waits, and its schedule, if that is not paused and the run waits still.
pub(super) async fn hold_waiting(work: &mut Work, run: &WaitingRun) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        "SELECT 1 FROM schedules WHERE name = $1 AND id = $2 AND NOT paused FOR UPDATE",
        run.schedule.name,
        run.schedule.id,
    )
    .fetch_optional(work.sql())
    .await?;
    // Held, too, so that no other server makes it meanwhile.
    let waits = sqlx::query_scalar!(
        "SELECT 1 FROM schedule_runs WHERE number = $1 AND outcome = 'waiting' FOR UPDATE",
        run.number
    )
    .fetch_optional(work.sql())
    .await?;
    Ok(held.is_some() && waits.is_some())
}
