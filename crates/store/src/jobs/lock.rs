//! Locks job rows, in id order.

use uuid::Uuid;
use windlass_domain::JobState;

use super::locked::{JobRow, LockedJob, job_state};
use crate::Error;
use crate::resource::Resource;
use crate::work::{Interrupt, Work};

/// Locks jobs in id order and returns them so; those that do not exist are left out.
///
/// # Errors
/// [`Interrupt::Widen`] when one lies below what this transaction holds.
pub(crate) async fn lock_jobs(work: &mut Work, ids: &[Uuid]) -> Result<Vec<LockedJob>, Interrupt> {
    let (Some(lowest), Some(highest)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
    if !work.wide && *lowest <= work.highest_job {
        return Err(Interrupt::Widen);
    }
    work.highest_job = work.highest_job.max(*highest);
    let rows = sqlx::query_as!(
        JobRow,
        "SELECT j.id, pipeline_id, key, type, state, paused, pipeline_paused, due, run, unmet, not_taken, by_hand,
                allow_failure, sealed, sealed_by, seals_on_open, passed, join_any, fail_fast, max_failed_tasks, run_at,
                queued, scheduled, running, succeeded, failed, cancelled, skipped, left_over,
                seals_on_lease, held, freezes, frozen, kept
         FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) AS asked (id) ORDER BY id) asked
         CROSS JOIN LATERAL (
             SELECT * FROM jobs WHERE id >= asked.id AND id <= asked.id ORDER BY id DESC LIMIT 1
             FOR NO KEY UPDATE
         ) j",
        ids,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(LockedJob::from).collect())
}

/// What controls of a job change.
pub(super) struct JobStatus {
    pub(super) state: JobState,
    pub(super) paused: bool,
    /// An end seals.
    pub(super) sealed: bool,
    /// It waits to be let go.
    pub(super) held: bool,
}

/// Looks at a job without a lock: a control that finds what it asks for takes no lock that a dequeue needs.
pub(super) async fn look_at_job(work: &mut Work, id: Uuid) -> Result<JobStatus, Interrupt> {
    let row = sqlx::query!(
        "SELECT j.state, j.paused, j.sealed OR j.ended_at IS NOT NULL AS \"sealed!\", j.held IS TRUE AS \"held!\"
         FROM (SELECT * FROM jobs WHERE id >= $1 AND id <= $1 ORDER BY id DESC LIMIT 1) j
         JOIN pipelines p ON p.id = j.pipeline_id WHERE p.deleted_at IS NULL",
        id,
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or(Error::NotFound(Resource::Job))?;
    Ok(JobStatus { state: job_state(&row.state), paused: row.paused, sealed: row.sealed, held: row.held })
}

/// All jobs of a pipeline in id order as they are now, locked or not.
pub(crate) async fn look_at_jobs(work: &mut Work, pipeline: Uuid) -> Result<Vec<LockedJob>, sqlx::Error> {
    let rows = sqlx::query_as!(
        JobRow,
        "SELECT id, pipeline_id, key, type, state, paused, pipeline_paused, due, run, unmet, not_taken, by_hand,
                allow_failure, sealed, sealed_by, seals_on_open, passed, join_any, fail_fast, max_failed_tasks, run_at,
                queued, scheduled, running, succeeded, failed, cancelled, skipped, left_over,
                seals_on_lease, held, freezes, frozen, kept
         FROM jobs WHERE pipeline_id = $1 ORDER BY id",
        pipeline,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(LockedJob::from).collect())
}

/// In a wide transaction: takes the pipelines' control rows, in order. Tasks may be locked after it, and then
/// [`lock_all_jobs`].
pub(crate) async fn lock_controls(work: &mut Work, pipelines: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT pipeline_id FROM pipeline_controls WHERE pipeline_id = ANY($1) ORDER BY pipeline_id FOR UPDATE",
        pipelines,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(())
}

/// Locks the jobs of a pipeline that have not ended; the caller holds its control row, so none can be added meanwhile.
pub(crate) async fn lock_open_jobs(work: &mut Work, pipeline: Uuid) -> Result<Vec<LockedJob>, Interrupt> {
    let ids =
        sqlx::query_scalar!("SELECT id FROM jobs WHERE pipeline_id = $1 AND ended_at IS NULL", pipeline)
            .fetch_all(work.sql())
            .await?;
    let jobs = lock_jobs(work, &ids).await?;
    Ok(jobs.into_iter().filter(|job| !job.state.has_ended()).collect())
}

/// In a wide transaction: locks all jobs of these pipelines that have not ended, in order.
pub(crate) async fn lock_all_jobs(work: &mut Work, pipelines: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT id FROM jobs WHERE pipeline_id = ANY($1) AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE",
        pipelines,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(())
}

/// Locks a job that exists and is not deleted; in a wide transaction with all jobs of its pipeline.
pub(super) async fn lock_job(work: &mut Work, id: Uuid) -> Result<LockedJob, Interrupt> {
    let Some(pipeline) = sqlx::query_scalar!(
        "SELECT j.pipeline_id FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
         WHERE j.id = $1 AND p.deleted_at IS NULL",
        id,
    )
    .fetch_optional(work.sql())
    .await?
    else {
        return Err(Error::NotFound(Resource::Job).into());
    };
    if work.wide {
        lock_controls(work, &[pipeline]).await?;
        lock_all_jobs(work, &[pipeline]).await?;
    }
    lock_jobs(work, &[id]).await?.pop().ok_or(Error::NotFound(Resource::Job).into())
}
