//! `POST /v1/pipelines/{id}/cancel`: ends it at once, sealed or not, and seals it.

use uuid::Uuid;
use windlass_domain::{JobState, PipelineState, Reason};

use super::control::{lock_control, look_at, read_both, state_of};
use crate::effects::PipelineMark;
use crate::events::Actor;
use crate::jobs::lock_open_jobs;
use crate::rollup::{Ending, end_marked_pipeline, roll_up};
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
        transact!(self, work => cancel(&mut work, id, reason.as_ref()).await).await
    }
}

/// Ends it at once; whoever holds its control row may call this as well.
pub(super) async fn cancel(
    work: &mut Work,
    id: Uuid,
    reason: Option<&Reason>,
) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    if look_at(work, id).await?.state == PipelineState::Cancelled {
        return read_both(work, id).await;
    }
    // All jobs are taken in order below, so nothing can lie below what is held.
    work.wide = true;
    lock_control(work, id).await?;
    let jobs = lock_open_jobs(work, id).await?;
    let state = state_of(work, id).await?;
    if state.has_ended() && state != PipelineState::Cancelled {
        let detail = "the pipeline has ended".to_owned();
        return Err(Error::IllegalTransition { state: state.as_str(), detail }.into());
    }
    if !state.has_ended() {
        let reason = reason.map(Reason::to_string);
        let why = reason.clone().unwrap_or_else(|| "pipeline cancelled".to_owned());
        work.effects.pipeline_marks.insert(id, PipelineMark { failed_fast: false, cancelled: true, reason });
        let actor = Actor::Caller(work.caller);
        let endings = jobs.into_iter().map(|job| Ending {
            job,
            state: JobState::Cancelled,
            reason: Some(why.clone()),
            not_taken: false,
            actor,
        });
        let endings: Vec<Ending> = endings.collect();
        if endings.is_empty() {
            end_marked_pipeline(work, id).await?;
        }
        roll_up(work, endings).await?;
    }
    read_both(work, id).await
}
