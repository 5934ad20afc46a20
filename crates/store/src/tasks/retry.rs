//! `POST /v1/tasks/{id}/retry`.

use std::collections::HashSet;

use uuid::Uuid;
use windlass_domain::{Reason, TaskState};

use super::read::{read_tasks, task_state};
use crate::audit::{Actor, Event};
use crate::error::Resource;
use crate::retry::{DEADLINE, Tasks, carry_out, lock_whole, pipeline_of, plan};
use crate::rollup::{LockedJob, lock_jobs};
use crate::transaction::{Interrupt, Work, transact};
use crate::view::Task;
use crate::{Error, Store};

impl Store {
    /// Brings back one ended task that has not succeeded; reopens its job, its pipeline and the descendants skipped
    /// because of it. Its job's threshold is judged again at the next end of a task.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that succeeded or has not ended, or whose job's edges can
    /// no longer be met, [`Error::Unavailable`].
    pub async fn retry_task(&self, id: Uuid, reason: Option<Reason>) -> Result<Task, Error> {
        transact!(self, DEADLINE, work => retry(&mut work, id, reason.as_ref()).await).await
    }
}

async fn retry(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<Task, Interrupt> {
    let own = sqlx::query_scalar!("SELECT job_id FROM tasks WHERE id = $1", id)
        .fetch_optional(work.sql())
        .await?
        .ok_or(Error::NotFound(Resource::Task))?;
    let pipeline = pipeline_of(work, own, Resource::Task).await?;
    // Narrow, the task goes back into a job that has not ended; to reopen one takes what else has ended in the pipeline.
    let whole = if work.wide { Some(lock_whole(work, pipeline).await?) } else { None };
    let job = lock_jobs(work, &[own]).await?.pop().ok_or(Error::NotFound(Resource::Task))?;
    let state = state_of(work, id).await?;
    if !state.has_ended() || state == TaskState::Succeeded {
        return Err(refused(state, "only an ended task that has not succeeded comes back").into());
    }
    match whole {
        _ if !job.state.has_ended() => put_back(work, id, &job, state).await?,
        None => return Err(Interrupt::Widen),
        Some(whole) => {
            let seeds = HashSet::from([job.id]);
            let plan = plan(work, &whole, &seeds).await?;
            if !plan.back.contains_key(&job.id) {
                return Err(refused(state, "an edge of the task's job can no longer be met").into());
            }
            carry_out(work, plan, &seeds, Tasks::Only(id), reason).await?;
        }
    }
    let now = state_of(work, id).await?;
    let event = Event::job(job.pipeline_id, job.id, Some(state.as_str()), now.as_str(), Actor::Client);
    work.events.push(Event { task_id: Some(id), ..event.because(reason.map(Reason::to_string)) });
    read_tasks(work.sql(), &[id]).await?.pop().ok_or(Error::NotFound(Resource::Task).into())
}

fn refused(state: TaskState, detail: &str) -> Error {
    Error::IllegalTransition { state: state.as_str(), detail: detail.to_owned() }
}

/// The task's effective state; its job is held.
async fn state_of(work: &mut Work, id: Uuid) -> Result<TaskState, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "SELECT windlass_task_state(t.state, j.state, j.due) AS \"state!\"
         FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.id = $1",
        id,
    )
    .fetch_one(work.sql())
    .await?;
    Ok(task_state(&state))
}

/// Into a job that has not ended.
async fn put_back(work: &mut Work, id: Uuid, job: &LockedJob, state: TaskState) -> Result<(), sqlx::Error> {
    let row = sqlx::query!(
        "WITH written AS (
             UPDATE tasks t SET
                 state = CASE WHEN t.started_at IS NULL AND t.run_at > windlass_now() THEN 'scheduled' ELSE 'queued' END,
                 run_at = CASE WHEN t.started_at IS NULL THEN t.run_at END,
                 position = nextval('task_positions'),
                 max_attempts = t.attempt + s.max_attempts,
                 started_at = NULL,
                 ended_at = NULL
             FROM job_specs s
             WHERE t.id = $1 AND s.job_id = t.job_id
             RETURNING t.job_id, t.state, t.position
         )
         UPDATE jobs j SET
             queued = j.queued + CASE WHEN w.state = 'queued' THEN 1 ELSE 0 END,
             scheduled = j.scheduled + CASE WHEN w.state = 'queued' THEN 0 ELSE 1 END,
             failed = j.failed - CASE WHEN $2 = 'failed' THEN 1 ELSE 0 END,
             cancelled = j.cancelled - CASE WHEN $2 = 'cancelled' THEN 1 ELSE 0 END,
             skipped = j.skipped - CASE WHEN $2 = 'skipped' THEN 1 ELSE 0 END,
             head = least(j.head, w.position - 1),
             added = j.added + 1
         FROM written w
         WHERE j.id = w.job_id
         RETURNING j.queued, j.scheduled",
        id,
        state.as_str(),
    )
    .fetch_one(work.sql())
    .await?;
    let mut after = job.clone();
    (after.counts.queued, after.counts.scheduled) = (row.queued.into(), row.scheduled.into());
    work.count_job(job, &after);
    Ok(())
}
