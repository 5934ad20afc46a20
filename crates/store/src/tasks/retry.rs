//! `POST /v1/tasks/{id}/retry`.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{JobState, Reason, TaskState};

use super::read::{read_tasks, task_state};
use crate::db::within;
use crate::events::{Actor, Event};
use crate::jobs::{LockedJob, lock_jobs};
use crate::resource::Resource;
use crate::retry::{
    Back, Tasks, carry_out, count_cancels, forget_cancel, lock_whole, pipeline_of, plan, write_back,
};
use crate::view::Task;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// How long a retry may take, with its job's stale rows, which it has settled first, a bounded piece at a time.
const SETTLING: Duration = Duration::from_mins(2);

/// What a try came to.
enum Tried {
    Back(Box<Task>),
    /// Nothing: this job's stale rows are not settled yet.
    Unsettled(Uuid),
}

impl Store {
    /// Brings back one ended task that has not succeeded, and with it all that its job's `fail_fast` ended; reopens its job, its
    /// pipeline and the descendants skipped because of it. Its job's threshold is judged again at the next end of a task.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that succeeded or has not ended, or whose job's edges can
    /// no longer be met, [`Error::Unavailable`].
    pub async fn retry_task(&self, id: Uuid, reason: Option<Reason>) -> Result<Task, Error> {
        Box::pin(within(SETTLING, async {
            loop {
                match transact!(self, work => retry(&mut work, id, reason.as_ref()).await).await? {
                    Tried::Back(task) => return Ok(*task),
                    Tried::Unsettled(job) => self.settle_job(job).await?,
                }
            }
        }))
        .await
    }
}

async fn retry(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<Tried, Interrupt> {
    let own = sqlx::query_scalar!("SELECT job_id FROM tasks WHERE id = $1", id)
        .fetch_optional(work.sql())
        .await?
        .ok_or(Error::NotFound(Resource::Task))?;
    let pipeline = pipeline_of(work, own, Resource::Task).await?;
    // Narrow, the task goes back into a job that has not ended; to reopen one takes what else has ended in the pipeline.
    let whole = if work.wide { Some(lock_whole(work, pipeline, false).await?) } else { None };
    let job = lock_jobs(work, &[own]).await?.pop().ok_or(Error::NotFound(Resource::Task))?;
    let state = state_of(work, id).await?.ok_or(Error::NotFound(Resource::Task))?;
    if !state.has_ended() || state == TaskState::Succeeded {
        return Err(refused(state, "only an ended task that has not succeeded comes back").into());
    }
    let tasks = tasks_of(work, &job, id, state).await?;
    // Siblings that stay as they are while their job is open again must be written what they are.
    if job.state.has_ended() && matches!(tasks, Tasks::Only { .. }) && is_unsettled(work, job.id).await? {
        return Ok(Tried::Unsettled(job.id));
    }
    match whole {
        _ if !job.state.has_ended() => put_back(work, id, &job, state).await?,
        None => return Err(Interrupt::Widen),
        Some(whole) => {
            let plan = plan(&whole, &HashMap::from([(job.id, tasks)]))?;
            if !plan.back.contains_key(&job.id) {
                return Err(refused(state, "an edge of the task's job can no longer be met").into());
            }
            carry_out(work, plan, reason, None).await?;
        }
    }
    let now = state_of(work, id).await?.ok_or(Error::NotFound(Resource::Task))?;
    let event =
        Event::job(job.pipeline_id, job.id, Some(state.as_str()), now.as_str(), Actor::Caller(work.caller));
    work.effects.events.push(Event { task_id: Some(id), ..event.because(reason.map(Reason::to_string)) });
    let task = read_tasks(work.sql(), &[id]).await?.pop().ok_or(Error::NotFound(Resource::Task))?;
    Ok(Tried::Back(Box::new(task)))
}

/// What comes back with a task: where its job failed fast, all that this ended, the failed ones included.
async fn tasks_of(
    work: &mut Work,
    job: &LockedJob,
    task: Uuid,
    state: TaskState,
) -> Result<Tasks, sqlx::Error> {
    if job.state == JobState::Failed && job.fail_fast {
        let kept = count_cancels(work, job.id, task).await?;
        return Ok(Tasks::FailedFast { task, kept });
    }
    Ok(Tasks::Only { task, state })
}

async fn is_unsettled(work: &mut Work, job: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("SELECT settled_to IS NOT NULL AS \"unsettled!\" FROM jobs WHERE id = $1", job)
        .fetch_one(work.sql())
        .await
}

fn refused(state: TaskState, detail: &str) -> Error {
    Error::IllegalTransition { state: state.as_str(), detail: detail.to_owned() }
}

/// The task's effective state, unless it was taken back; its job is held.
async fn state_of(work: &mut Work, id: Uuid) -> Result<Option<TaskState>, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "SELECT windlass_task_state(t.state, t.run, windlass_job_state(j.state, j.frozen), j.due, j.again_run, j.all_again_run) AS \"state!\"
         FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.id = $1 AND NOT windlass_is_gone(t.origin, j.origins)",
        id,
    )
    .fetch_optional(work.sql())
    .await?;
    Ok(state.map(|state| task_state(&state)))
}

/// Into a job that has not ended.
async fn put_back(work: &mut Work, id: Uuid, job: &LockedJob, state: TaskState) -> Result<(), sqlx::Error> {
    forget_cancel(work, job.id, id).await?;
    let Back { queued, scheduled, retried, lowest } = write_back(work, job, &[id]).await?;
    sqlx::query!(
        "UPDATE jobs SET
             queued = queued + $2::bigint::integer,
             scheduled = scheduled + $3::bigint::integer,
             failed = failed - CASE WHEN $4 = 'failed' THEN 1 ELSE 0 END,
             cancelled = cancelled - CASE WHEN $4 = 'cancelled' THEN 1 ELSE 0 END,
             skipped = skipped - CASE WHEN $4 = 'skipped' THEN 1 ELSE 0 END,
             head = least(head, $5::bigint - 1),
             added = added + 1,
             retried = retried + $6::bigint::integer,
             returned = returned OR (opened_position IS NOT NULL AND NOT dispatchable)
         WHERE id = $1",
        job.id,
        queued,
        scheduled,
        state.as_str(),
        lowest,
        retried,
    )
    .execute(work.sql())
    .await?;
    let mut after = job.clone();
    after.counts.queued += queued;
    after.counts.scheduled += scheduled;
    work.effects.count_job(job, &after);
    Ok(())
}
