//! Making the pipeline of a time: the run, its pipeline and the next time in one transaction.

use uuid::Uuid;
use windlass_domain::RunOutcome;

use super::claim::{Claim, WaitingRun};
use super::hold_waiting::hold_waiting;
use super::record::{NewRun, hold_claim, insert_run, move_on};
use super::schedule::ScheduledTime;
use crate::input::NewPipeline;
use crate::pipelines::create;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Makes the pipeline of the time claimed, and moves on to `next`. Answers its id; `None` where the schedule was changed, somebody else was faster, or
    /// the time was triggered before.
    ///
    /// # Errors
    /// [`Error::DeadlineNotAhead`], [`Error::Unavailable`].
    pub async fn start_run(
        &self,
        claim: &Claim,
        new: &NewPipeline,
        next: Option<ScheduledTime>,
    ) -> Result<Option<Uuid>, Error> {
        let _large = self.admit(&new.jobs).await;
        transact!(self, work => start(&mut work, claim, new, next).await).await
    }

    /// Makes the pipeline of a run that waited. Answers its id; `None` where the schedule was paused or deleted, or somebody else was faster.
    ///
    /// # Errors
    /// [`Error::DeadlineNotAhead`], [`Error::Unavailable`].
    pub async fn start_waiting_run(
        &self,
        run: &WaitingRun,
        new: &NewPipeline,
    ) -> Result<Option<Uuid>, Error> {
        let _large = self.admit(&new.jobs).await;
        transact!(self, work => start_waiting(&mut work, run, new).await).await
    }
}

async fn start(
    work: &mut Work,
    claim: &Claim,
    new: &NewPipeline,
    next: Option<ScheduledTime>,
) -> Result<Option<Uuid>, Interrupt> {
    if !hold_claim(work, claim).await? {
        return Ok(None);
    }
    let taken = has_pipeline(work, claim.id, claim.due).await?;
    let id = if taken { None } else { Some(make(work, claim, new).await?) };
    move_on(work, claim, next).await?;
    Ok(id)
}

async fn make(work: &mut Work, claim: &Claim, new: &NewPipeline) -> Result<Uuid, Interrupt> {
    let id = create(work, new).await?;
    let run = NewRun {
        schedule: (&claim.name, claim.id),
        scheduled_at: claim.due,
        outcome: RunOutcome::Created,
        pipeline_id: Some(id),
        detail: None,
    };
    // Under the schedule's lock its time had no run a moment ago.
    if insert_run(work, &run).await? { Ok(id) } else { Err(sqlx::Error::RowNotFound.into()) }
}

async fn start_waiting(
    work: &mut Work,
    run: &WaitingRun,
    new: &NewPipeline,
) -> Result<Option<Uuid>, Interrupt> {
    if !hold_waiting(work, run).await? {
        return Ok(None);
    }
    let id = create(work, new).await?;
    let made = sqlx::query!(
        "UPDATE schedule_runs SET outcome = 'created', pipeline_id = $2, started_at = windlass_now(), look_at = NULL
         WHERE number = $1 AND outcome = 'waiting'",
        run.number,
        id,
    )
    .execute(work.sql())
    .await?;
    if made.rows_affected() == 1 { Ok(Some(id)) } else { Err(sqlx::Error::RowNotFound.into()) }
}

/// Whether a time of this schedule has a pipeline, or will have one.
pub(super) async fn has_pipeline(
    work: &mut Work,
    schedule: Uuid,
    time: chrono::DateTime<chrono::Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM schedule_runs
             WHERE schedule_id = $1 AND scheduled_at = $2 AND outcome IN ('created', 'triggered', 'waiting')
         ) AS "taken!""#,
        schedule,
        time,
    )
    .fetch_one(work.sql())
    .await
}
