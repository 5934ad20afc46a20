//! `POST /v1/jobs/{id}/retry`.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::{JobState, Reason};

use super::read::read_job;
use crate::resource::Resource;
use crate::retry::{Descendants, Scope, Tasks, below, carry_out, lock_whole, pipeline_of, plan, runs_below};
use crate::view::Job;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Brings back an ended job's tasks that did not succeed, or all; reopens its pipeline and the descendants skipped
    /// because of it. Children that have opened and had no lease wait again. Those that have begun or ended otherwise stay, or
    /// all that is below runs again, as `descendants` says.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that has not ended, where no job and no task would change,
    /// or whose edges can no longer be met, [`Error::Unavailable`].
    pub async fn retry_job(
        &self,
        id: Uuid,
        scope: Scope,
        descendants: Descendants,
        reason: Option<Reason>,
    ) -> Result<Job, Error> {
        transact!(self, work => retry(&mut work, id, scope, descendants, reason.as_ref()).await).await
    }
}

async fn retry(
    work: &mut Work,
    id: Uuid,
    scope: Scope,
    descendants: Descendants,
    reason: Option<&Reason>,
) -> Result<Job, Interrupt> {
    let pipeline = pipeline_of(work, id, Resource::Job).await?;
    let all = scope == Scope::All || descendants == Descendants::RunAgain;
    let whole = lock_whole(work, pipeline, all).await?;
    let job = whole.jobs.iter().find(|job| job.id == id).ok_or(Error::NotFound(Resource::Job))?;
    let refused =
        |detail: &str| Error::IllegalTransition { state: job.state.as_str(), detail: detail.to_owned() };
    if !job.state.has_ended() {
        return Err(refused("the job has not ended").into());
    }
    let again =
        if scope == Scope::All { job.counts.total() } else { job.counts.total() - job.counts.succeeded };
    // One that was cancelled or skipped with nothing to run is as open for more as before, or has its own end to catch up on.
    let changes = again > 0 || job.state != JobState::Succeeded;
    if !changes && descendants == Descendants::Stay {
        return Err(refused("nothing would run again").into());
    }
    let tasks = if scope == Scope::All { Tasks::All } else { Tasks::Unsuccessful };
    let mut seeds = HashMap::from([(id, tasks)]);
    if descendants == Descendants::RunAgain {
        seeds.extend(below(&whole, id));
    }
    let plan = plan(&whole, &seeds)?;
    if !plan.back.contains_key(&id) {
        return Err(refused("an edge of the job can no longer be met").into());
    }
    if !changes && !runs_below(&plan, id) {
        return Err(refused("nothing would run again, nor below").into());
    }
    carry_out(work, plan, reason, None).await?;
    Ok(read_job(work.sql(), id).await?)
}
