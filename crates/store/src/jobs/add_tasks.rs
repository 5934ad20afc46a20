//! `POST /v1/jobs/{id}/tasks`, and the tasks that a completion adds.

use uuid::Uuid;
use windlass_domain::JobCounts;

use crate::error::Resource;
use crate::input::NewTask;
use crate::rollup::{LockedJob, lock_jobs};
use crate::tasks::{TaskRows, insert_tasks};
use crate::transaction::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Adds tasks to an unsealed job; answers their ids in the order given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::JobSealed`], [`Error::Unavailable`].
    pub async fn add_tasks(&self, job: Uuid, tasks: Vec<NewTask>) -> Result<Vec<Uuid>, Error> {
        transact!(self, work => add(&mut work, job, &tasks).await).await
    }
}

async fn add(work: &mut Work, id: Uuid, tasks: &[NewTask]) -> Result<Vec<Uuid>, Interrupt> {
    let Some(job) = sqlx::query!(
        "SELECT j.key, j.sealed OR j.ended_at IS NOT NULL AS \"closed!\"
         FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id WHERE j.id = $1 AND p.deleted_at IS NULL",
        id,
    )
    .fetch_optional(work.sql())
    .await?
    else {
        return Err(Error::NotFound(Resource::Job).into());
    };
    if job.closed {
        return Err(Error::JobSealed { key: job.key }.into());
    }
    let mut locked = lock_jobs(work, &[id]).await?;
    let Some(job) = locked.pop() else { return Err(Error::NotFound(Resource::Job).into()) };
    add_to_locked(work, &job, tasks).await.map(|(ids, _)| ids)
}

/// Adds tasks to a job that this transaction holds; returns their ids and the job as it is then.
pub(crate) async fn add_to_locked(
    work: &mut Work,
    job: &LockedJob,
    tasks: &[NewTask],
) -> Result<(Vec<Uuid>, LockedJob), Interrupt> {
    if job.terms.sealed || job.state.has_ended() {
        return Err(Error::JobSealed { key: job.key.clone() }.into());
    }
    let spec = sqlx::query!(
        "SELECT max_attempts, windlass_now() AS \"now!\" FROM job_specs WHERE job_id = $1",
        job.id
    )
    .fetch_one(work.sql())
    .await?;
    let mut rows = TaskRows::default();
    let added = rows.extend(job, spec.max_attempts, tasks, spec.now);
    let lowest = insert_tasks(work, &rows).await?;
    raise(work, job.id, added, lowest).await?;
    let counts = JobCounts {
        queued: job.counts.queued + added.queued,
        scheduled: job.counts.scheduled + added.scheduled,
        ..job.counts
    };
    let grown = LockedJob { counts, ..job.clone() };
    work.count_job(job, &grown);
    Ok((rows.ids, grown))
}

/// The counters, and the low-water mark: see the storage rules in the crate's documentation.
async fn raise(work: &mut Work, job: Uuid, added: JobCounts, lowest: Option<i64>) -> Result<(), sqlx::Error> {
    let number = |count: i64| i32::try_from(count).expect("tasks a call are bounded far below 2^31");
    sqlx::query!(
        "UPDATE jobs SET queued = queued + $2, scheduled = scheduled + $3, head = least(head, $4::bigint - 1),
             added = added + 1
         WHERE id = $1",
        job,
        number(added.queued),
        number(added.scheduled),
        lowest,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
