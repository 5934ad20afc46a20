//! `POST /jobnik/v1/stages/{stageId}/tasks`: into a stage that has not begun, or none of them.

use uuid::Uuid;
use windlass_domain::{JobnikJobStatus, JobnikStageStatus};

use super::refusal::JobnikRefusal;
use super::stages::read_stage;
use super::tasks::read_these;
use super::view::JobnikTask;
use crate::db::{Session, deadline};
use crate::input::NewTask;
use crate::jobs::add_tasks;
use crate::pipelines::pipeline_state;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Adds tasks to a stage, in the order of the request.
    ///
    /// # Errors
    /// [`Error::TypesNotAllowed`], [`Error::Unavailable`].
    pub async fn add_jobnik_tasks(
        &self,
        stage: Uuid,
        tasks: Vec<NewTask>,
    ) -> Result<Result<Vec<JobnikTask>, JobnikRefusal>, Error> {
        match transact!(self, work => add(&mut work, stage, &tasks).await).await {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoStage)),
            Err(Error::JobSealed { .. }) => Ok(Err(self.why_closed(stage).await?)),
            added => added,
        }
    }

    /// Why a stage takes no tasks that did so a moment before, or was sealed by hand.
    async fn why_closed(&self, stage: Uuid) -> Result<JobnikRefusal, Error> {
        let status =
            deadline(async { Ok::<_, Error>(standing(&mut *self.db.pool.acquire().await?, stage).await?) })
                .await?;
        Ok(status
            .map_or(JobnikRefusal::NoStage, |status| refusal(status).unwrap_or(JobnikRefusal::StageHasBegun)))
    }
}

async fn add(
    work: &mut Work,
    stage: Uuid,
    tasks: &[NewTask],
) -> Result<Result<Vec<JobnikTask>, JobnikRefusal>, Interrupt> {
    let Some(status) = standing(work.sql(), stage).await? else { return Ok(Err(JobnikRefusal::NoStage)) };
    if let Some(refusal) = refusal(status) {
        return Ok(Err(refusal));
    }
    let ids = add_tasks(work, stage, tasks).await?;
    // Nobody has seen them yet.
    Ok(Ok(read_these(work.sql(), &ids).await?))
}

/// A stage's status and its job's.
async fn standing(
    connection: &mut Session,
    stage: Uuid,
) -> Result<Option<(JobnikStageStatus, JobnikJobStatus)>, sqlx::Error> {
    let Some(stage) = read_stage(connection, stage).await? else { return Ok(None) };
    let job = sqlx::query!("SELECT state, paused FROM pipelines WHERE id = $1", stage.job_id)
        .fetch_optional(connection)
        .await?;
    Ok(job.map(|job| (stage.status, JobnikJobStatus::of(pipeline_state(&job.state), job.paused))))
}

fn refusal((stage, job): (JobnikStageStatus, JobnikJobStatus)) -> Option<JobnikRefusal> {
    use JobnikStageStatus as S;
    match stage {
        _ if job.has_ended() => Some(JobnikRefusal::StageHasEnded),
        S::Completed | S::Failed | S::Aborted => Some(JobnikRefusal::StageHasEnded),
        S::InProgress => Some(JobnikRefusal::StageHasBegun),
        S::Created | S::Waiting | S::Pending => None,
    }
}
