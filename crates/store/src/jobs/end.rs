//! `POST /v1/jobs/{id}/cancel` and `POST /v1/jobs/{id}/skip`: ends a job at once, sealed or not, and seals it.

use uuid::Uuid;
use windlass_domain::{JobState, Reason};

use super::lock::lock_job;
use super::read::read_job;
use crate::events::Actor;
use crate::rollup::{Ending, roll_up};
use crate::view::Job;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Cancels a job: its open tasks are cancelled, its leases dead. Changes nothing if it is cancelled already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that ended otherwise, [`Error::Unavailable`].
    pub async fn cancel_job(&self, id: Uuid, reason: Option<Reason>) -> Result<Job, Error> {
        transact!(self, work => end(&mut work, id, JobState::Cancelled, reason.as_ref()).await).await
    }

    /// Skips a job that has not ended, and its open tasks with it. Changes nothing if it is skipped already.
    ///
    /// # Errors
    /// As [`Store::cancel_job`].
    pub async fn skip_job(&self, id: Uuid, reason: Option<Reason>) -> Result<Job, Error> {
        transact!(self, work => end(&mut work, id, JobState::Skipped, reason.as_ref()).await).await
    }
}

async fn end(work: &mut Work, id: Uuid, state: JobState, reason: Option<&Reason>) -> Result<Job, Interrupt> {
    let job = lock_job(work, id).await?;
    if job.state.has_ended() && job.state != state {
        let detail = "the job has ended".to_owned();
        return Err(Error::IllegalTransition { state: job.state.as_str(), detail }.into());
    }
    if !job.state.has_ended() {
        let reason = reason.map_or_else(|| format!("{} by hand", state.as_str()), Reason::to_string);
        let ending = Ending {
            job,
            state,
            reason: Some(reason),
            not_taken: false,
            passed: false,
            actor: Actor::Caller(work.caller),
        };
        roll_up(work, vec![ending]).await?;
    }
    Ok(read_job(work.sql(), id).await?)
}
