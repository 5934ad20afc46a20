//! `POST /v1/schedules/{name}/trigger`: a run by hand, now or for a time that has passed.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::RunOutcome;

use super::record::{NewRun, insert_run};
use super::schedule::Schedule;
use super::start::has_pipeline;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::input::NewPipeline;
use crate::jobs::read_jobs_of;
use crate::pipelines::{create, read_pipeline};
use crate::resource::Resource;
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Makes a pipeline of this schedule for this time, paused or not, whatever has not ended.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::TimeTaken`], [`Error::DeadlineNotAhead`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn trigger_schedule(
        &self,
        schedule: &Schedule,
        scheduled_at: DateTime<Utc>,
        new: &NewPipeline,
        once: Option<Once<'_, (Pipeline, Vec<Job>)>>,
    ) -> Result<Answer<(Pipeline, Vec<Job>)>, Error> {
        let _key = self.hold_key(once.as_ref().map(|once| &once.key)).await;
        let _large = self.admit(&new.jobs).await;
        transact!(self, work => trigger(&mut work, schedule, scheduled_at, new, once.as_ref()).await).await
    }
}

async fn trigger(
    work: &mut Work,
    schedule: &Schedule,
    scheduled_at: DateTime<Utc>,
    new: &NewPipeline,
    once: Option<&Once<'_, (Pipeline, Vec<Job>)>>,
) -> Result<Answer<(Pipeline, Vec<Job>)>, Interrupt> {
    // No text of the pipeline is the request's: a repeat may see others.
    if let Some(stored) = stored_answer(work, once, &[]).await? {
        return Ok(Answer::Repeated(stored));
    }
    hold(work, schedule).await?;
    if has_pipeline(work, schedule.id, scheduled_at).await? {
        return Err(Error::TimeTaken.into());
    }
    let id = create(work, new).await?;
    record(work, schedule, scheduled_at, id).await?;
    let made = (read_pipeline(work.sql(), id).await?, read_jobs_of(work.sql(), id).await?);
    store_answer(work, once, &[], &made).await?;
    Ok(Answer::New(made))
}

/// Locks the schedule's row: no other run of it is made meanwhile.
async fn hold(work: &mut Work, schedule: &Schedule) -> Result<(), Interrupt> {
    let held = sqlx::query_scalar!(
        "SELECT 1 FROM schedules WHERE name = $1 AND id = $2 FOR UPDATE",
        schedule.name,
        schedule.id,
    )
    .fetch_optional(work.sql())
    .await?;
    held.map(drop).ok_or(Error::NotFound(Resource::Schedule).into())
}

async fn record(
    work: &mut Work,
    schedule: &Schedule,
    scheduled_at: DateTime<Utc>,
    pipeline: Uuid,
) -> Result<(), Interrupt> {
    let run = NewRun {
        schedule: (&schedule.name, schedule.id),
        scheduled_at,
        outcome: RunOutcome::Triggered,
        pipeline_id: Some(pipeline),
        detail: None,
    };
    if insert_run(work, &run).await? { Ok(()) } else { Err(sqlx::Error::RowNotFound.into()) }
}
