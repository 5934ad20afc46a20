//! `POST /v1/pipelines/{id}/cancel`: ends it at once, sealed or not, or lets jobs that clean up end first; and seals it.

use uuid::Uuid;
use windlass_domain::Reason;

use super::cancellation::Cancellation;
use super::clean_up::clean_up;
use super::control::{lock_control, look_at, read_both};
use crate::effects::PipelineMark;
use crate::events::Actor;
use crate::jobs::{LockedJob, lock_open_jobs};
use crate::rollup::{end_marked_pipeline, part, roll_up};
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Cancels a pipeline with all its unfinished jobs. Changes nothing if it is cancelled already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that ended otherwise, [`Error::Unavailable`].
    pub async fn cancel_pipeline(
        &self,
        id: Uuid,
        reason: Option<Reason>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        self.cancel(id, false, reason).await
    }

    /// Cancels a pipeline with its unfinished jobs, except those with a `failed`, `finished` or `always` edge and what hangs below them: it
    /// is cancelled when they have ended, at once if there are none. Changes nothing if it is cancelled already, or being cancelled so.
    ///
    /// # Errors
    /// As [`Store::cancel_pipeline`].
    pub async fn clean_up_pipeline(
        &self,
        id: Uuid,
        reason: Option<Reason>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        self.cancel(id, true, reason).await
    }

    async fn cancel(
        &self,
        id: Uuid,
        clean_up: bool,
        reason: Option<Reason>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        let reason = reason.as_ref().map(Reason::to_string);
        let cancel = Cancellation { clean_up, reason, actor: Actor::Caller(self.caller) };
        transact!(self, work => cancel_by_hand(&mut work, id, &cancel).await).await
    }
}

async fn cancel_by_hand(
    work: &mut Work,
    id: Uuid,
    cancel: &Cancellation,
) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    if !cancel.holds(&look_at(work, id).await?) {
        lock_control(work, id).await?;
        cancel_held(work, id, cancel).await?;
    }
    read_both(work, id).await
}

/// Cancels a pipeline whose control row this transaction holds.
pub(crate) async fn cancel_held(work: &mut Work, id: Uuid, cancel: &Cancellation) -> Result<(), Interrupt> {
    // All jobs are taken in order below, so nothing can lie below what is held.
    work.wide = true;
    let jobs = lock_open_jobs(work, id).await?;
    let standing = look_at(work, id).await?;
    if cancel.holds(&standing) {
        return Ok(());
    }
    if standing.state.has_ended() {
        let detail = "the pipeline has ended".to_owned();
        return Err(Error::IllegalTransition { state: standing.state.as_str(), detail }.into());
    }
    if !cancel.clean_up {
        return end_now(work, id, jobs, cancel).await;
    }
    let parted = part(work, &[id], jobs).await?;
    if parted.spared.is_empty() {
        end_now(work, id, parted.cancelled, cancel).await
    } else {
        clean_up(work, id, &standing, parted, cancel).await
    }
}

/// Ends a pipeline with these jobs, all that have not ended.
async fn end_now(
    work: &mut Work,
    id: Uuid,
    jobs: Vec<LockedJob>,
    cancel: &Cancellation,
) -> Result<(), Interrupt> {
    let mark = PipelineMark {
        cancelled: Some(cancel.actor),
        reason: cancel.reason.clone(),
        ..PipelineMark::default()
    };
    work.effects.pipeline_marks.insert(id, mark);
    if jobs.is_empty() {
        end_marked_pipeline(work, id).await?;
    }
    roll_up(work, cancel.endings(jobs)).await
}
