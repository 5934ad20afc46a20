//! `POST /v1/jobs/{id}/tasks`, and the tasks that a completion adds.

use uuid::Uuid;
use windlass_domain::JobCounts;

use super::lock::lock_jobs;
use super::locked::LockedJob;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::input::NewTask;
use crate::resource::Resource;
use crate::tasks::{TaskRows, insert_tasks};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Adds tasks to an unsealed job; answers their ids in the order of the request.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::JobSealed`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn add_tasks(
        &self,
        job: Uuid,
        tasks: Vec<NewTask>,
        once: Option<Once<'_, Vec<Uuid>>>,
    ) -> Result<Answer<Vec<Uuid>>, Error> {
        let _key = self.hold_key(once.as_ref()).await;
        transact!(self, work => add_once(&mut work, job, &tasks, once.as_ref()).await).await
    }
}

async fn add_once(
    work: &mut Work,
    id: Uuid,
    tasks: &[NewTask],
    once: Option<&Once<'_, Vec<Uuid>>>,
) -> Result<Answer<Vec<Uuid>>, Interrupt> {
    if let Some(stored) = stored_answer(work, once).await? {
        return Ok(Answer::Repeated(stored));
    }
    let added = add(work, id, tasks).await?;
    store_answer(work, once, &added).await?;
    Ok(Answer::New(added))
}

/// The tasks go in first and the job is locked last, so that a large addition does not block dequeues and reports.
async fn add(work: &mut Work, id: Uuid, tasks: &[NewTask]) -> Result<Vec<Uuid>, Interrupt> {
    let Some(job) = sqlx::query!(
        "SELECT j.key, j.run, j.sealed OR j.ended_at IS NOT NULL AS \"closed!\"
         FROM (SELECT * FROM jobs WHERE id >= $1 AND id <= $1 ORDER BY id DESC LIMIT 1) j
         JOIN pipelines p ON p.id = j.pipeline_id WHERE p.deleted_at IS NULL",
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
    let added = insert_for(work, id, job.run, tasks).await?;
    let locked = lock_jobs(work, &[id]).await?.pop().ok_or(Error::NotFound(Resource::Job))?;
    if locked.seal.is_on() || locked.state.has_ended() {
        return Err(Error::JobSealed { key: job.key }.into());
    }
    let ids = added.ids.clone();
    count_inserted(work, &locked, added).await?;
    Ok(ids)
}

/// Adds tasks to a job that this transaction holds, neither sealed nor ended; returns the job as it is then.
pub(crate) async fn add_to_locked(
    work: &mut Work,
    job: &LockedJob,
    tasks: &[NewTask],
) -> Result<LockedJob, Interrupt> {
    let added = insert_for(work, job.id, job.run, tasks).await?;
    Ok(raise(work, job, &added).await?)
}

/// Tasks inserted, but not yet counted: nobody can dequeue them before [`count_inserted`].
pub(crate) struct Inserted {
    pub(crate) ids: Vec<Uuid>,
    run: i32,
    counts: JobCounts,
    lowest: Option<i64>,
}

/// Counts tasks that were inserted before this transaction held their job, which is neither sealed nor ended; returns it as it is then.
pub(crate) async fn count_inserted(
    work: &mut Work,
    job: &LockedJob,
    mut added: Inserted,
) -> Result<LockedJob, sqlx::Error> {
    if job.run != added.run {
        added.lowest = draw_anew(work, &added.ids, job.run).await?;
    }
    raise(work, job, &added).await
}

/// Inserts the rows of tasks of a job, held or not, in this run of it.
pub(crate) async fn insert_for(
    work: &mut Work,
    job: Uuid,
    run: i32,
    tasks: &[NewTask],
) -> Result<Inserted, sqlx::Error> {
    let spec =
        sqlx::query!("SELECT max_attempts, windlass_now() AS \"now!\" FROM job_specs WHERE job_id = $1", job)
            .fetch_one(work.sql())
            .await?;
    let mut rows = TaskRows::default();
    let counts = rows.extend(job, spec.max_attempts, tasks, spec.now);
    let lowest = insert_tasks(work, &rows, run).await?;
    Ok(Inserted { ids: rows.ids, run, counts, lowest })
}

/// The job ended and was retried before it was locked. Its stale tasks lie at or below the positions drawn before that, so these tasks
/// draw new ones: the low-water mark must not sink below the retry's.
async fn draw_anew(work: &mut Work, ids: &[Uuid], run: i32) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "WITH line AS MATERIALIZED (
             SELECT id, nextval('task_positions') AS position FROM unnest($1::uuid[]) AS added (id)
         ),
         written AS (
             UPDATE tasks t SET run = $2, position = line.position FROM line WHERE t.id = line.id
             RETURNING t.position
         )
         SELECT min(position) FROM written",
        ids,
        run,
    )
    .fetch_one(work.sql())
    .await
}

/// The last step: the counters, and the low-water mark (see the crate's documentation).
async fn raise(work: &mut Work, job: &LockedJob, added: &Inserted) -> Result<LockedJob, sqlx::Error> {
    let number = |count: i64| i32::try_from(count).expect("tasks a call are bounded far below 2^31");
    sqlx::query!(
        "UPDATE jobs SET queued = queued + $2, scheduled = scheduled + $3, head = least(head, $4::bigint - 1),
             added = added + 1, returned = returned OR (opened_position IS NOT NULL AND NOT dispatchable)
         WHERE ctid = (SELECT ctid FROM jobs WHERE id >= $1 AND id <= $1 ORDER BY id DESC LIMIT 1)",
        job.id,
        number(added.counts.queued),
        number(added.counts.scheduled),
        added.lowest,
    )
    .execute(work.sql())
    .await?;
    let counts = JobCounts {
        queued: job.counts.queued + added.counts.queued,
        scheduled: job.counts.scheduled + added.counts.scheduled,
        ..job.counts
    };
    let grown = LockedJob { counts, ..job.clone() };
    work.effects.count_job(job, &grown);
    Ok(grown)
}
