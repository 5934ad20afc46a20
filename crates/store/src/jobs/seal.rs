//! `POST /v1/jobs/{id}/seal`: no more tasks will come.

use uuid::Uuid;
use windlass_domain::Reason;

use super::lock::{lock_job, look_at_job};
use super::read::read_job;
use super::seals::seal_by_hand;
use crate::rollup::{Ending, roll_up};
use crate::view::Job;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Seals a job, which ends it if it is open and none of its tasks is; changes nothing if it is sealed already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn seal_job(&self, id: Uuid, reason: Option<Reason>) -> Result<Job, Error> {
        transact!(self, work => seal(&mut work, id, reason.as_ref()).await).await
    }
}

async fn seal(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<Job, Interrupt> {
    if look_at_job(work, id).await?.sealed {
        return Ok(read_job(work.sql(), id).await?);
    }
    let mut job = lock_job(work, id).await?;
    // An end seals as well; one that an older server wrote does not say so.
    if job.seal.is_on() || job.state.has_ended() {
        return Ok(read_job(work.sql(), id).await?);
    }
    job = seal_by_hand(work, &job, reason).await?;
    // With open tasks it goes on, whatever its threshold: that is judged at the next end of a task.
    if job.counts.open() == 0
        && let Some(end) = job.end()
    {
        roll_up(work, vec![Ending::decided(job, end)]).await?;
    }
    Ok(read_job(work.sql(), id).await?)
}
