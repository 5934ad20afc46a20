//! `POST /v1/tasks/{id}/cancel`.

use uuid::Uuid;
use windlass_domain::{Reason, TaskState};

use super::read::{read_tasks, task_state};
use crate::events::EndedAttempt;
use crate::events::{Actor, Event};
use crate::jobs::{LockedJob, lock_all_jobs, lock_controls, lock_jobs};
use crate::resource::Resource;
use crate::retry::bring_one_back;
use crate::rollup::{Ending, roll_up};
use crate::view::Task;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Cancels one open task; its attempt ends, its lease is dead. Changes nothing if it is cancelled already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] for one that ended otherwise, [`Error::Unavailable`].
    pub async fn cancel_task(&self, id: Uuid, reason: Option<Reason>) -> Result<Task, Error> {
        transact!(self, work => cancel(&mut work, id, reason.as_ref()).await).await
    }
}

async fn cancel(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<Task, Interrupt> {
    let mut job = lock_task(work, id).await?;
    let mut task = look_at(work, id).await?;
    if task.stale && !job.state.has_ended() {
        job = bring_one_back(work, &job, id).await?;
        task = look_at(work, id).await?;
    }
    let state = task_state(&task.effective);
    if state.has_ended() && state != TaskState::Cancelled {
        let detail = "the task has ended".to_owned();
        return Err(Error::IllegalTransition { state: state.as_str(), detail }.into());
    }
    if !state.has_ended() {
        let after = write(work, id, &job, &task).await?;
        let event = Event::job(
            job.pipeline_id,
            job.id,
            Some(state.as_str()),
            "cancelled",
            Actor::Caller(work.caller),
        );
        let attempt = (state == TaskState::Running).then_some(task.attempt);
        work.effects.events.push(Event {
            task_id: Some(id),
            attempt,
            ..event.because(reason.map(Reason::to_string))
        });
        if let Some(end) = after.end() {
            roll_up(work, vec![Ending::decided(after, end)]).await?;
        }
    }
    read_tasks(work.sql(), &[id]).await?.pop().ok_or(Error::NotFound(Resource::Task).into())
}

/// A task as it is stored, and shown.
struct Looked {
    state: String,
    attempt: i32,
    effective: String,
    stale: bool,
}

async fn look_at(work: &mut Work, id: Uuid) -> Result<Looked, Interrupt> {
    sqlx::query_as!(
        Looked,
        "SELECT t.state, t.attempt,
                windlass_task_state(t.state, t.run, windlass_job_state(j.state, j.frozen), j.due, j.again_run, j.all_again_run) AS \"effective!\",
                windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run) OR t.state = 'queued' AND t.position <= j.head AS \"stale!\"
         FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.id = $1 AND NOT windlass_is_gone(t.origin, j.origins)",
        id,
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or(Error::NotFound(Resource::Task).into())
}

/// Locks the task and then its job; in a wide transaction with all jobs of its pipeline.
async fn lock_task(work: &mut Work, id: Uuid) -> Result<LockedJob, Interrupt> {
    let missing = || Interrupt::from(Error::NotFound(Resource::Task));
    let found = sqlx::query!(
        "SELECT t.job_id, j.pipeline_id, j.ended_at IS NOT NULL AS \"ended!\" FROM tasks t JOIN jobs j ON j.id = t.job_id JOIN pipelines p ON p.id = j.pipeline_id
         WHERE t.id = $1 AND p.deleted_at IS NULL AND NOT windlass_is_gone(t.origin, j.origins)",
        id,
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or_else(missing)?;
    if work.wide {
        lock_controls(work, &[found.pipeline_id]).await?;
    }
    if found.ended {
        // Nothing below changes but by a retry, which holds the job before its tasks: it is not to meet a task held here.
        return lock_jobs(work, &[found.job_id]).await?.pop().ok_or_else(missing);
    }
    sqlx::query!("SELECT id FROM tasks WHERE id = $1 FOR NO KEY UPDATE", id).fetch_one(work.sql()).await?;
    if work.wide {
        lock_all_jobs(work, &[found.pipeline_id]).await?;
    }
    lock_jobs(work, &[found.job_id]).await?.pop().ok_or_else(missing)
}

async fn write(work: &mut Work, id: Uuid, job: &LockedJob, task: &Looked) -> Result<LockedJob, sqlx::Error> {
    let stored = task_state(&task.state);
    let written = sqlx::query!(
        "WITH ended AS (
             DELETE FROM leases WHERE task_id = $1 RETURNING task_id, token, attempt, worker_id, started_at
         ),
         attempted AS (
             INSERT INTO attempts (task_id, token, number, outcome, worker_id, started_at, ended_at)
             SELECT task_id, token, attempt, 'cancelled', worker_id, started_at, windlass_now() FROM ended
         ),
         written AS (
             UPDATE tasks SET state = 'cancelled', ended_at = windlass_now(), updated_at = CASE WHEN leased_at IS NOT NULL THEN windlass_now() END
             WHERE id = $1
         ),
         noted AS (
             -- See retry/cancelled_by_hand.rs.
             INSERT INTO cancelled_by_hand (job_id, task_id) VALUES ($2, $1) ON CONFLICT DO NOTHING
         )
         UPDATE jobs SET
             queued = queued - CASE WHEN $3 = 'queued' THEN 1 ELSE 0 END,
             scheduled = scheduled - CASE WHEN $3 = 'scheduled' THEN 1 ELSE 0 END,
             running = running - CASE WHEN $3 = 'running' THEN 1 ELSE 0 END,
             retried = retried - least(retried, CASE WHEN $3 IN ('queued', 'scheduled') AND $4::integer > 0 THEN 1 ELSE 0 END),
             cancelled = cancelled + 1
         WHERE id = $2
         RETURNING (SELECT token FROM ended) AS token, (SELECT attempt FROM ended) AS attempt,
             (SELECT worker_id FROM ended) AS worker_id, (SELECT started_at FROM ended) AS started_at,
             windlass_now() AS \"now!\"",
        id,
        job.id,
        stored.as_str(),
        task.attempt,
    )
    .fetch_one(work.sql())
    .await?;
    if let (Some(token), Some(attempt), Some(worker), Some(began)) =
        (written.token, written.attempt, written.worker_id, written.started_at)
    {
        let (lease, times) = ((token, worker), (began, written.now));
        work.effects.ended.attempts.push(EndedAttempt::cancelled(job, (id, attempt), lease, times));
    }
    let mut after = job.clone();
    after.counts.queued -= i64::from(stored == TaskState::Queued);
    after.counts.scheduled -= i64::from(stored == TaskState::Scheduled);
    after.counts.running -= i64::from(stored == TaskState::Running);
    after.counts.cancelled += 1;
    work.effects.count_job(job, &after);
    Ok(after)
}
