//! Locks one job for a verb.

use uuid::Uuid;

use crate::Error;
use crate::error::Resource;
use crate::rollup::{LockedJob, lock_all_jobs, lock_controls, lock_jobs};
use crate::transaction::{Interrupt, Work};

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
