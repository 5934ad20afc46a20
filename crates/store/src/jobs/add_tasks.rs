//! `POST /v1/jobs/{id}/tasks`, and the tasks that a completion adds.

use uuid::Uuid;
use windlass_domain::{JobCounts, JobState, TaskState};

use super::lock::lock_jobs;
use super::locked::LockedJob;
use crate::error::Part;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::input::NewTask;
use crate::keys::check_types;
use crate::resource::Resource;
use crate::tasks::{TaskRows, insert_tasks};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Adds tasks to an unsealed job; answers their ids in the order of the request.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::TypesNotAllowed`], [`Error::JobSealed`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn add_tasks(
        &self,
        job: Uuid,
        tasks: Vec<NewTask>,
        once: Option<Once<'_, Vec<Uuid>>>,
    ) -> Result<Answer<Vec<Uuid>>, Error> {
        let _key = self.hold_key(once.as_ref().map(|once| &once.key)).await;
        transact!(self, work => add_once(&mut work, job, &tasks, once.as_ref()).await).await
    }
}

async fn add_once(
    work: &mut Work,
    id: Uuid,
    tasks: &[NewTask],
    once: Option<&Once<'_, Vec<Uuid>>>,
) -> Result<Answer<Vec<Uuid>>, Interrupt> {
    if let Some(stored) = stored_answer(work, once, &[]).await? {
        return Ok(Answer::Repeated(stored));
    }
    let added = add_tasks(work, id, tasks).await?;
    store_answer(work, once, &[], &added).await?;
    Ok(Answer::New(added))
}

/// Adds tasks in this transaction; returns their ids. They go in first and the job is locked last, so that a large addition does not block dequeues and
/// reports: where it fails, all has to be rolled back.
pub(crate) async fn add_tasks(work: &mut Work, id: Uuid, tasks: &[NewTask]) -> Result<Vec<Uuid>, Interrupt> {
    let Some(job) = sqlx::query!(
        "SELECT j.key, j.type, j.run, j.sealed OR j.ended_at IS NOT NULL AS \"closed!\"
         FROM (SELECT * FROM jobs WHERE id >= $1 AND id <= $1 ORDER BY id DESC LIMIT 1) j
         JOIN pipelines p ON p.id = j.pipeline_id WHERE p.deleted_at IS NULL",
        id,
    )
    .fetch_optional(work.sql())
    .await?
    else {
        return Err(Error::NotFound(Resource::Job).into());
    };
    check_types(work.types.as_deref(), [(Part::Tasks, job.r#type.as_str())])?;
    if job.closed {
        return Err(Error::JobSealed { key: job.key }.into());
    }
    let added = insert_for(work, id, AddedTo { run: job.run, origin: 0, end: None }, tasks).await?;
    let locked = lock_jobs(work, &[id]).await?.pop().ok_or(Error::NotFound(Resource::Job))?;
    if locked.seal.is_on() || locked.state.has_ended() {
        return Err(Error::JobSealed { key: job.key }.into());
    }
    let ids = added.ids.clone();
    count_inserted(work, &locked, added, 0).await?;
    Ok(ids)
}

/// Adds tasks of an origin to a job that this transaction holds; returns the job as it is then. Where it has ended, they have ended with it.
pub(crate) async fn add_to_locked(
    work: &mut Work,
    job: &LockedJob,
    origin: i32,
    tasks: &[NewTask],
) -> Result<LockedJob, Interrupt> {
    if tasks.is_empty() {
        return Ok(job.clone());
    }
    let added = insert_for(work, job.id, AddedTo::of(job, origin), tasks).await?;
    Ok(raise(work, job, &added).await?)
}

/// Tasks inserted, but not yet counted: nobody can dequeue them before [`count_inserted`].
pub(crate) struct Inserted {
    pub(crate) ids: Vec<Uuid>,
    home: AddedTo,
    counts: JobCounts,
    lowest: Option<i64>,
}

/// What decides what added tasks are: most of it their job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddedTo {
    run: i32,
    /// 0 where no completion adds them.
    origin: i32,
    /// How they have ended, if the job has.
    end: Option<TaskState>,
}

impl AddedTo {
    pub(crate) fn new(run: i32, origin: i32, state: JobState) -> Self {
        Self { run, origin, end: state.end_of_tasks() }
    }

    fn of(job: &LockedJob, origin: i32) -> Self {
        Self::new(job.run, origin, job.state)
    }
}

/// Counts tasks that were inserted before this transaction held their job, in the origin that they are of, now that it is held; returns it as it
/// is then.
pub(crate) async fn count_inserted(
    work: &mut Work,
    job: &LockedJob,
    mut added: Inserted,
    origin: i32,
) -> Result<LockedJob, sqlx::Error> {
    let home = AddedTo::of(job, origin);
    if home != added.home {
        move_to(work, home, &mut added).await?;
    }
    raise(work, job, &added).await
}

/// Inserts the rows of tasks of a job, held or not, which is like this.
pub(crate) async fn insert_for(
    work: &mut Work,
    job: Uuid,
    home: AddedTo,
    tasks: &[NewTask],
) -> Result<Inserted, sqlx::Error> {
    let spec =
        sqlx::query!("SELECT max_attempts, windlass_now() AS \"now!\" FROM job_specs WHERE job_id = $1", job)
            .fetch_one(work.sql())
            .await?;
    let mut rows = TaskRows::default();
    let mut counts = rows.extend(job, spec.max_attempts, tasks, spec.now);
    if let Some(end) = home.end {
        rows.end_all(end);
        counts = ended(end, tasks.len());
    }
    let lowest = insert_tasks(work, &rows, home.run, home.origin).await?;
    Ok(Inserted { ids: rows.ids, home, counts, lowest })
}

fn ended(end: TaskState, tasks: usize) -> JobCounts {
    let tasks = i64::try_from(tasks).expect("tasks a call are bounded far below 2^31");
    match end {
        TaskState::Skipped => JobCounts { skipped: tasks, ..JobCounts::default() },
        _ => JobCounts { cancelled: tasks, ..JobCounts::default() },
    }
}

/// The job ended, was retried, or lost tasks by a retry before it was locked. Its stale tasks lie at or below the positions drawn before that, so these
/// tasks draw new ones: the low-water mark must not sink below the retry's. Or their origin is another than it seemed.
async fn move_to(work: &mut Work, home: AddedTo, added: &mut Inserted) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        "WITH line AS MATERIALIZED (
             SELECT id, nextval('task_positions') AS position FROM unnest($1::uuid[]) AS added (id)
         ),
         written AS (
             UPDATE tasks t SET
                 run = $2, origin = $4, position = line.position,
                 state = coalesce($3, CASE WHEN t.run_at > windlass_now() THEN 'scheduled' ELSE 'queued' END),
                 ended_at = CASE WHEN $3::text IS NOT NULL THEN windlass_now() END
             FROM line WHERE t.id = line.id
             RETURNING t.position, t.state
         )
         SELECT min(position) AS lowest, count(*) FILTER (WHERE state = 'queued') AS \"queued!\",
                count(*) FILTER (WHERE state = 'scheduled') AS \"scheduled!\"
         FROM written",
        &added.ids,
        home.run,
        home.end.map(TaskState::as_str),
        home.origin,
    )
    .fetch_one(work.sql())
    .await?;
    let waiting = JobCounts { queued: moved.queued, scheduled: moved.scheduled, ..JobCounts::default() };
    added.counts = home.end.map_or(waiting, |end| ended(end, added.ids.len()));
    added.lowest = moved.lowest;
    added.home = home;
    Ok(())
}

/// The last step: the counters, and the low-water mark (see the crate's documentation), which what has ended already leaves alone.
async fn raise(work: &mut Work, job: &LockedJob, added: &Inserted) -> Result<LockedJob, sqlx::Error> {
    let number = |count: i64| i32::try_from(count).expect("tasks a call are bounded far below 2^31");
    sqlx::query!(
        "WITH counted AS (
             UPDATE task_origins SET total = total + $2 + $3 + $5 + $6 WHERE job_id = $1 AND origin = $7
         )
         UPDATE jobs SET queued = queued + $2, scheduled = scheduled + $3, head = least(head, $4::bigint - 1),
             origins = CASE WHEN windlass_is_gone($7, origins) THEN array_append(origins, $7) ELSE origins END,
             added = added + 1, returned = returned OR (opened_position IS NOT NULL AND NOT dispatchable),
             cancelled = cancelled + $5, skipped = skipped + $6
         WHERE ctid = (SELECT ctid FROM jobs WHERE id >= $1 AND id <= $1 ORDER BY id DESC LIMIT 1)",
        job.id,
        number(added.counts.queued),
        number(added.counts.scheduled),
        added.lowest.filter(|_| added.home.end.is_none()),
        number(added.counts.cancelled),
        number(added.counts.skipped),
        added.home.origin,
    )
    .execute(work.sql())
    .await?;
    let counts = JobCounts {
        queued: job.counts.queued + added.counts.queued,
        scheduled: job.counts.scheduled + added.counts.scheduled,
        cancelled: job.counts.cancelled + added.counts.cancelled,
        skipped: job.counts.skipped + added.counts.skipped,
        ..job.counts
    };
    let grown = LockedJob { counts, ..job.clone() };
    work.effects.count_job(job, &grown);
    Ok(grown)
}
