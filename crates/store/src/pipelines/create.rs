//! `POST /v1/pipelines` and `POST /v1/jobs`: pipeline, jobs, edges and tasks in one transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::Json;

use super::deadline::check_ahead;
use super::read::read_pipeline;
use crate::db::next_id;
use crate::events::{Actor, Event};
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::input::NewPipeline;
use crate::jobs::{Home, insert_jobs, read_job, read_jobs_of};
use crate::rollup::{end_marked_pipeline, roll_up};
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Creates a pipeline; answers it with its jobs in the order of the request.
    ///
    /// # Errors
    /// [`Error::DeadlineNotAhead`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn create_pipeline(
        &self,
        new: NewPipeline,
        once: Option<Once<'_, (Pipeline, Vec<Job>)>>,
    ) -> Result<Answer<(Pipeline, Vec<Job>)>, Error> {
        let _key = self.hold_key(once.as_ref()).await;
        let _large = self.admit(&new.jobs).await;
        transact!(self, work => create_once(&mut work, &new, once.as_ref()).await).await
    }

    /// Creates a pipeline of one job; answers the job.
    ///
    /// # Errors
    /// [`Error::DeadlineNotAhead`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn create_job(
        &self,
        new: NewPipeline,
        once: Option<Once<'_, Job>>,
    ) -> Result<Answer<Job>, Error> {
        let _key = self.hold_key(once.as_ref()).await;
        transact!(self, work => create_job_once(&mut work, &new, once.as_ref()).await).await
    }
}

async fn create_once(
    work: &mut Work,
    new: &NewPipeline,
    once: Option<&Once<'_, (Pipeline, Vec<Job>)>>,
) -> Result<Answer<(Pipeline, Vec<Job>)>, Interrupt> {
    let metadata = new.metadata.as_ref().map(Json::as_str);
    let texts: Vec<&str> = metadata.into_iter().collect();
    if let Some(stored) = stored_answer(work, once, &texts).await? {
        return Ok(Answer::Repeated(stored));
    }
    let id = create(work, new).await?;
    let created = (read_pipeline(work.sql(), id).await?, read_jobs_of(work.sql(), id).await?);
    store_answer(work, once, &texts, &created).await?;
    Ok(Answer::New(created))
}

async fn create_job_once(
    work: &mut Work,
    new: &NewPipeline,
    once: Option<&Once<'_, Job>>,
) -> Result<Answer<Job>, Interrupt> {
    let shown = new.jobs.iter().flat_map(|job| [&job.payload, &job.metadata]);
    let texts: Vec<&str> = shown.flatten().map(Json::as_str).collect();
    if let Some(stored) = stored_answer(work, once, &texts).await? {
        return Ok(Answer::Repeated(stored));
    }
    let id = create(work, new).await?;
    let job =
        sqlx::query_scalar!("SELECT id FROM jobs WHERE pipeline_id = $1", id).fetch_one(work.sql()).await?;
    let created = read_job(work.sql(), job).await?;
    store_answer(work, once, &texts, &created).await?;
    Ok(Answer::New(created))
}

async fn create(work: &mut Work, new: &NewPipeline) -> Result<Uuid, Interrupt> {
    // Nobody else sees these rows before the commit, so no order of locks can hurt.
    work.wide = true;
    check_ahead(work, new.deadline_at).await?;
    let now = work.now().await?;
    let id = next_id();
    insert_pipeline(work, id, new, now).await?;
    let event = Event::pipeline(id, None, "pending", Actor::Caller(work.caller));
    work.effects.events.push(Event { correlation_id: Some(new.correlation_id.to_string()), ..event });
    let home = Home { id, priority: new.priority, paused: new.paused, jobs: 0, highest: None, now };
    let endings = insert_jobs(work, &home, &new.jobs, &HashMap::new()).await?;
    if endings.is_empty() && new.jobs.is_empty() {
        end_marked_pipeline(work, id).await?;
    }
    roll_up(work, endings).await?;
    Ok(id)
}

async fn insert_pipeline(
    work: &mut Work,
    id: Uuid,
    new: &NewPipeline,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let jobs = i32::try_from(new.jobs.len()).expect("jobs a pipeline are bounded far below 2^31");
    sqlx::query!(
        "WITH control AS (INSERT INTO pipeline_controls (pipeline_id) VALUES ($1)),
         metadata AS (INSERT INTO pipeline_metadata (pipeline_id, metadata) SELECT $1, $2 WHERE $2::text IS NOT NULL)
         INSERT INTO pipelines (
             id, name, state, priority, paused, sealed, fail_fast, correlation_id, traceparent, tracestate, created_at,
             jobs_open, deadline_at
         )
         VALUES ($1, $3, 'pending', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id,
        new.metadata.as_ref().map(Json::as_str),
        new.name.as_str(),
        new.priority.rank(),
        new.paused,
        new.sealed,
        new.fail_fast,
        new.correlation_id.as_str(),
        new.trace.traceparent,
        new.trace.tracestate,
        now,
        jobs,
        new.deadline_at,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
