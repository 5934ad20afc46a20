//! `POST /v1/pipelines/{id}/pause` and `POST /v1/pipelines/{id}/resume`: a flag on its jobs, however many tasks they have.

use uuid::Uuid;
use windlass_domain::Reason;

use super::control::{PipelineStatus, lock_control, look_at, read_both};
use super::state::pipeline_state;
use crate::events::{Actor, Event};
use crate::jobs::{LockedJob, lock_open_jobs};
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Pauses a pipeline: from the next dequeue on none of its tasks is leased; what runs goes on. Changes nothing if
    /// it is paused already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that has ended, [`Error::Unavailable`].
    pub async fn pause_pipeline(
        &self,
        id: Uuid,
        reason: Option<Reason>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        transact!(self, work => set_paused(&mut work, id, true, reason.as_ref()).await).await
    }

    /// Resumes a pipeline. Changes nothing if it is not paused.
    ///
    /// # Errors
    /// As [`Store::pause_pipeline`].
    pub async fn resume_pipeline(
        &self,
        id: Uuid,
        reason: Option<Reason>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        transact!(self, work => set_paused(&mut work, id, false, reason.as_ref()).await).await
    }
}

/// Pauses or resumes it; whoever holds its control row may call this as well.
pub(crate) async fn set_paused(
    work: &mut Work,
    id: Uuid,
    paused: bool,
    reason: Option<&Reason>,
) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    let holds = |now: &PipelineStatus| now.paused == paused && !now.state.has_ended();
    if holds(&look_at(work, id).await?) {
        return read_both(work, id).await;
    }
    lock_control(work, id).await?;
    // Again, before the jobs are locked: of many at once, one changes it.
    if holds(&look_at(work, id).await?) {
        return read_both(work, id).await;
    }
    let jobs = lock_open_jobs(work, id).await?;
    let pipeline =
        sqlx::query!("SELECT state, paused FROM pipelines WHERE id = $1", id).fetch_one(work.sql()).await?;
    let state = pipeline_state(&pipeline.state);
    if state.has_ended() {
        let detail = "the pipeline has ended".to_owned();
        return Err(Error::IllegalTransition { state: state.as_str(), detail }.into());
    }
    if pipeline.paused != paused {
        write_paused(work, id, paused, reason, &jobs).await?;
        let flag = if paused { "paused" } else { "resumed" };
        let event = Event::pipeline(id, Some(state.as_str()), state.as_str(), Actor::Caller(work.caller));
        let because = reason.map(|reason| reason.as_str().to_owned());
        work.effects.events.push(event.because(because).flagged(flag));
    }
    read_both(work, id).await
}

/// Writes the flag on the pipeline and on its jobs.
async fn write_paused(
    work: &mut Work,
    id: Uuid,
    paused: bool,
    reason: Option<&Reason>,
    jobs: &[LockedJob],
) -> Result<(), Interrupt> {
    write_jobs_paused(work, id, paused, jobs).await?;
    work.write_effects().await?;
    let reason = reason.map(Reason::as_str);
    sqlx::query!(
        "UPDATE pipelines SET paused = $2, reason = coalesce($3, reason), updated_at = CASE WHEN updated_at IS NOT NULL THEN windlass_now() END
         WHERE id = $1",
        id,
        paused,
        reason
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Writes the flag on all jobs of a pipeline; `jobs` are those that have not ended.
pub(super) async fn write_jobs_paused(
    work: &mut Work,
    id: Uuid,
    paused: bool,
    jobs: &[LockedJob],
) -> Result<(), sqlx::Error> {
    // The ended ones as well: a retry brings them back into a pipeline that is still paused.
    sqlx::query!(
        "UPDATE jobs SET pipeline_paused = $2, returned = returned OR (opened_position IS NOT NULL AND ended_at IS NULL)
             WHERE pipeline_id = $1",
        id,
        paused
    )
    .execute(work.sql())
    .await?;
    for job in jobs {
        work.effects.count_job(job, &LockedJob { pipeline_paused: paused, ..job.clone() });
    }
    Ok(())
}
