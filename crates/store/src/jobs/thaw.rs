//! Makes ordinary ended jobs of those whose tasks have kept their states: what had not ended shares their end, and the leases of a frozen one are dead.
//! A retry by hand and a delete do so first, so that all that follows knows of no others.

use uuid::Uuid;

use super::lock::lock_jobs;
use super::locked::LockedJob;
use crate::rollup::end_leases;
use crate::work::{Interrupt, Work};

/// Thaws the jobs of a pipeline, whose control row this transaction holds.
pub(crate) async fn thaw(work: &mut Work, pipeline: Uuid) -> Result<(), Interrupt> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE pipeline_id = $1 AND (frozen OR kept) ORDER BY id",
        pipeline
    )
    .fetch_all(work.sql())
    .await?;
    if ids.is_empty() {
        return Ok(());
    }
    let jobs = lock_jobs(work, &ids).await?;
    end_leases(work, jobs.iter().filter(|job| job.frozen)).await?;
    sqlx::query!(
        "UPDATE jobs SET
             cancelled = cancelled + CASE WHEN state = 'skipped' THEN 0 ELSE queued + scheduled + running END,
             skipped = skipped + CASE WHEN state = 'skipped' THEN queued + scheduled + running ELSE 0 END,
             settled_to = CASE WHEN queued + scheduled + running > 0 THEN '00000000-0000-0000-0000-000000000000'::uuid END,
             queued = 0, scheduled = 0, running = 0, retried = 0, frozen = NULL, kept = NULL
         WHERE id = ANY($1)",
        &ids,
    )
    .execute(work.sql())
    .await?;
    for job in jobs.into_iter().filter(|job| job.frozen) {
        let thawed = LockedJob { frozen: false, counts: job.counts.share_end_of(job.state), ..job.clone() };
        work.effects.count_job(&job, &thawed);
    }
    Ok(())
}
