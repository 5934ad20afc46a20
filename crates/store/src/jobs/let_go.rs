//! Lets a job go that was held: it opens as soon as its edges are met.

use super::locked::LockedJob;
use crate::events::{Actor, Event};
use crate::rollup::{meet_one, roll_up};
use crate::work::{Interrupt, Work};

/// Lets a job go that this transaction holds and that waits for it.
pub(crate) async fn let_go(work: &mut Work, job: LockedJob, reason: Option<&str>) -> Result<(), Interrupt> {
    let written =
        sqlx::query!("UPDATE jobs SET held = NULL WHERE id = $1 AND held AND ended_at IS NULL", job.id)
            .execute(work.sql())
            .await?;
    assert_eq!(written.rows_affected(), 1, "a job that is let go is locked and held");
    let state = job.state.as_str();
    let event = Event::job(job.pipeline_id, job.id, Some(state), state, Actor::Caller(work.caller));
    work.effects.events.push(event.because(reason.map(str::to_owned)).flagged("let_go"));
    let ending = meet_one(work, &LockedJob { held: false, ..job }).await?;
    roll_up(work, ending.into_iter().collect()).await
}
