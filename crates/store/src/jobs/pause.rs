//! `POST /v1/jobs/{id}/pause` and `POST /v1/jobs/{id}/resume`: one row, however many tasks it has.

use uuid::Uuid;
use windlass_domain::Reason;

use super::let_go::let_go;
use super::lock::{lock_job, look_at_job};
use super::locked::LockedJob;
use super::read::read_job;
use crate::events::{Actor, Event};
use crate::view::Job;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Pauses a job: from the next dequeue on none of its tasks is leased; what runs goes on. Changes nothing if it
    /// is paused already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that has ended, [`Error::Unavailable`].
    pub async fn pause_job(&self, id: Uuid, reason: Option<Reason>) -> Result<Job, Error> {
        transact!(self, work => set_paused(&mut work, id, true, reason.as_ref()).await).await
    }

    /// Resumes a job, and lets it go if it is held. Changes nothing if it is neither paused nor held.
    ///
    /// # Errors
    /// As [`Store::pause_job`].
    pub async fn resume_job(&self, id: Uuid, reason: Option<Reason>) -> Result<Job, Error> {
        transact!(self, work => set_paused(&mut work, id, false, reason.as_ref()).await).await
    }
}

async fn set_paused(
    work: &mut Work,
    id: Uuid,
    paused: bool,
    reason: Option<&Reason>,
) -> Result<Job, Interrupt> {
    let now = look_at_job(work, id).await?;
    let lets_go = |held: bool| held && !paused;
    if now.paused == paused && !now.state.has_ended() && !lets_go(now.held) {
        return Ok(read_job(work.sql(), id).await?);
    }
    let job = lock_job(work, id).await?;
    if job.state.has_ended() {
        let detail = "the job has ended".to_owned();
        return Err(Error::IllegalTransition { state: job.state.as_str(), detail }.into());
    }
    if job.paused != paused {
        let reason = reason.map(Reason::as_str);
        sqlx::query!(
            "UPDATE jobs SET paused = $2, reason = coalesce($3, reason), returned = returned OR opened_position IS NOT NULL
             WHERE id = $1",
            id,
            paused,
            reason
        )
        .execute(work.sql())
        .await?;
        work.effects.count_job(&job, &LockedJob { paused, ..job.clone() });
        let (state, flag) = (job.state.as_str(), if paused { "paused" } else { "resumed" });
        let event = Event::job(job.pipeline_id, id, Some(state), state, Actor::Caller(work.caller));
        work.effects.events.push(event.because(reason.map(str::to_owned)).flagged(flag));
    }
    if lets_go(job.held) {
        let_go(work, LockedJob { paused, ..job }, reason.map(Reason::as_str)).await?;
    }
    Ok(read_job(work.sql(), id).await?)
}
