//! `PUT /jobnik/v1/jobs/{jobId}/status` and `PUT /jobnik/v1/stages/{stageId}/status`: judged by the domain under the pipeline's control row.

use uuid::Uuid;
use windlass_domain::{JobnikJobStatus, JobnikStageStatus};

use super::refusal::JobnikRefusal;
use super::stages::read_stage;
use crate::events::Actor;
use crate::jobs::{let_go, lock_jobs};
use crate::pipelines::{Cancellation, cancel_held, lock_control, pipeline_state, set_paused};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What a change of a status comes to.
type Changed = Result<(), JobnikRefusal>;

impl Store {
    /// Has a job become PENDING (a resume), PAUSED or ABORTED.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_jobnik_job_status(&self, id: Uuid, asked: JobnikJobStatus) -> Result<Changed, Error> {
        match transact!(self, work => set_job(&mut work, id, asked).await).await {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoJob)),
            changed => changed,
        }
    }

    /// Has a stage become PENDING: lets one go that waits for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_jobnik_stage_pending(&self, id: Uuid) -> Result<Changed, Error> {
        match transact!(self, work => let_stage_go(&mut work, id).await).await {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoStage)),
            changed => changed,
        }
    }
}

async fn set_job(work: &mut Work, id: Uuid, asked: JobnikJobStatus) -> Result<Changed, Interrupt> {
    lock_control(work, id).await?;
    let Some(now) = status_of(work, id).await? else { return Ok(Err(JobnikRefusal::NoJob)) };
    let refused = |from| Ok(Err(JobnikRefusal::Job { from, to: asked.as_str() }));
    if !now.may_become(asked) {
        return refused(now);
    }
    let changed = match asked {
        JobnikJobStatus::Aborted => {
            let cancel = Cancellation { clean_up: false, reason: None, actor: Actor::Caller(work.caller) };
            cancel_held(work, id, &cancel).await
        }
        _ => set_paused(work, id, asked == JobnikJobStatus::Paused, None).await.map(drop),
    };
    match changed {
        // The last report was faster.
        Err(Interrupt::Failed(Error::IllegalTransition { .. })) => {
            let now = status_of(work, id).await?;
            now.map_or(Ok(Err(JobnikRefusal::NoJob)), refused)
        }
        changed => changed.map(Ok),
    }
}

/// The status of a job that was made by this surface.
async fn status_of(work: &mut Work, id: Uuid) -> Result<Option<JobnikJobStatus>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT state, paused FROM pipelines WHERE id = $1 AND surface = 'jobnik' AND deleted_at IS NULL",
        id
    )
    .fetch_optional(work.sql())
    .await?;
    Ok(row.map(|row| JobnikJobStatus::of(pipeline_state(&row.state), row.paused)))
}

async fn let_stage_go(work: &mut Work, id: Uuid) -> Result<Changed, Interrupt> {
    let Some(stage) = read_stage(work.sql(), id).await? else { return Ok(Err(JobnikRefusal::NoStage)) };
    lock_control(work, stage.job_id).await?;
    let Some(job) = status_of(work, stage.job_id).await? else { return Ok(Err(JobnikRefusal::NoStage)) };
    if job == JobnikJobStatus::Aborted {
        return Ok(Err(JobnikRefusal::Job { from: job, to: JobnikStageStatus::Pending.as_str() }));
    }
    let before = previous(work, id).await?;
    // Alone, and after the one before was looked at: that it is completed does not change without the control row.
    let Some(locked) = lock_jobs(work, &[id]).await?.pop() else { return Ok(Err(JobnikRefusal::NoStage)) };
    let Some(stage) = read_stage(work.sql(), id).await? else { return Ok(Err(JobnikRefusal::NoStage)) };
    if stage.status == JobnikStageStatus::Pending {
        return Ok(Ok(()));
    }
    if before.is_some_and(|before| before != JobnikStageStatus::Completed) {
        return Ok(Err(JobnikRefusal::PreviousStage));
    }
    if stage.status != JobnikStageStatus::Waiting {
        let to = JobnikStageStatus::Pending.as_str();
        return Ok(Err(JobnikRefusal::Stage { from: stage.status, to }));
    }
    let_go(work, locked, None).await?;
    Ok(Ok(()))
}

/// The status of the stage before; `None`: it is the first.
async fn previous(work: &mut Work, id: Uuid) -> Result<Option<JobnikStageStatus>, sqlx::Error> {
    let parent =
        sqlx::query_scalar!("SELECT parent_id FROM edges WHERE child_id = $1 ORDER BY ordinal LIMIT 1", id)
            .fetch_optional(work.sql())
            .await?;
    let Some(parent) = parent else { return Ok(None) };
    Ok(read_stage(work.sql(), parent).await?.map(|stage| stage.status))
}
