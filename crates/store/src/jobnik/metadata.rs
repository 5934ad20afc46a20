//! `PATCH /jobnik/v1/{jobs,stages,tasks}/{id}/user-metadata`: replaces all of it.

use uuid::Uuid;
use windlass_domain::Json;

use super::refusal::JobnikRefusal;
use crate::events::{Actor, Event};
use crate::jobs::job_state;
use crate::pipelines::{lock_control, pipeline_state};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What a change comes to.
type Changed = Result<(), JobnikRefusal>;

impl Store {
    /// Replaces a job's metadata.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_jobnik_job_metadata(&self, id: Uuid, metadata: &Json) -> Result<Changed, Error> {
        match transact!(self, work => of_job(&mut work, id, metadata).await).await {
            Err(Error::NotFound(_)) => Ok(Err(JobnikRefusal::NoJob)),
            changed => changed,
        }
    }

    /// Replaces a stage's metadata.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_jobnik_stage_metadata(&self, id: Uuid, metadata: &Json) -> Result<Changed, Error> {
        transact!(self, work => of_stage(&mut work, id, metadata).await).await
    }

    /// Replaces a task's metadata.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_jobnik_task_metadata(&self, id: Uuid, metadata: &Json) -> Result<Changed, Error> {
        transact!(self, work => of_task(&mut work, id, metadata).await).await
    }
}

async fn of_job(work: &mut Work, id: Uuid, metadata: &Json) -> Result<Changed, Interrupt> {
    lock_control(work, id).await?;
    let changed = sqlx::query_scalar!(
        "UPDATE pipelines SET updated_at = windlass_now() WHERE id = $1 AND surface = 'jobnik' AND deleted_at IS NULL RETURNING state",
        id,
    )
    .fetch_optional(work.sql())
    .await?;
    let Some(state) = changed else { return Ok(Err(JobnikRefusal::NoJob)) };
    sqlx::query!(
        "INSERT INTO pipeline_metadata (pipeline_id, metadata) VALUES ($1, $2)
         ON CONFLICT (pipeline_id) DO UPDATE SET metadata = excluded.metadata",
        id,
        metadata.as_str(),
    )
    .execute(work.sql())
    .await?;
    let state = pipeline_state(&state).as_str();
    let event = Event::pipeline(id, Some(state), state, Actor::Caller(work.caller));
    work.effects.events.push(event.flagged("metadata"));
    Ok(Ok(()))
}

async fn of_stage(work: &mut Work, id: Uuid, metadata: &Json) -> Result<Changed, Interrupt> {
    // The job's row is held, so that the event tells the state that it has.
    let found = sqlx::query!(
        "SELECT j.pipeline_id, j.state FROM jobs j
         WHERE j.id = $1 AND j.surface = 'jobnik' AND (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id)
         FOR NO KEY UPDATE",
        id,
    )
    .fetch_optional(work.sql())
    .await?;
    let Some(found) = found else { return Ok(Err(JobnikRefusal::NoStage)) };
    sqlx::query!("UPDATE job_specs SET metadata = $2 WHERE job_id = $1", id, metadata.as_str())
        .execute(work.sql())
        .await?;
    let state = job_state(&found.state).as_str();
    let event = Event::job(found.pipeline_id, id, Some(state), state, Actor::Caller(work.caller));
    work.effects.events.push(event.flagged("metadata"));
    Ok(Ok(()))
}

async fn of_task(work: &mut Work, id: Uuid, metadata: &Json) -> Result<Changed, Interrupt> {
    let changed = sqlx::query!(
        "UPDATE tasks t SET updated_at = windlass_now()
         WHERE t.id = $1 AND (
             SELECT (SELECT p.deleted_at IS NULL FROM pipelines p WHERE p.id = j.pipeline_id) AND NOT windlass_is_gone(t.origin, j.origins)
             FROM jobs j WHERE j.id = t.job_id AND j.surface IS NOT NULL
         )",
        id,
    )
    .execute(work.sql())
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(Err(JobnikRefusal::NoTask));
    }
    sqlx::query!(
        "INSERT INTO task_payloads (task_id, metadata) VALUES ($1, $2) ON CONFLICT (task_id) DO UPDATE SET metadata = excluded.metadata",
        id,
        metadata.as_str(),
    )
    .execute(work.sql())
    .await?;
    Ok(Ok(()))
}
