//! What a retry holds of a pipeline, and its plan over it.

use std::collections::HashSet;

use uuid::Uuid;

use super::plan::Plan;
use crate::Error;
use crate::jobs::{LockedJob, lock_jobs, look_at_jobs};
use crate::pipelines::lock_control;
use crate::resource::Resource;
use crate::rollup::condition;
use crate::work::{Interrupt, Work};

/// What a retry holds of a pipeline, and sees of it.
pub(crate) struct Whole {
    /// Every job, in id order.
    pub(crate) jobs: Vec<LockedJob>,
    /// Those that are locked: what has ended or is pending. Open ones go on meanwhile: one that ends has to take its children's locks
    /// before it resolves their edges, and then finds them as this retry left them.
    pub(crate) held: HashSet<Uuid>,
}

/// Takes the control row and then, in id order, the jobs of a pipeline that are not open; looks at all only after that.
pub(crate) async fn lock_whole(work: &mut Work, pipeline: Uuid) -> Result<Whole, Interrupt> {
    work.wide = true;
    lock_control(work, pipeline).await?;
    let ids = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE pipeline_id = $1 AND state NOT IN ('queued', 'running')",
        pipeline,
    )
    .fetch_all(work.sql())
    .await?;
    let held = lock_jobs(work, &ids).await?.iter().map(|job| job.id).collect();
    Ok(Whole { jobs: look_at_jobs(work, pipeline).await?, held })
}

/// The pipeline of a job that exists and is not deleted.
pub(crate) async fn pipeline_of(work: &mut Work, job: Uuid, asked: Resource) -> Result<Uuid, Interrupt> {
    sqlx::query_scalar!(
        "SELECT j.pipeline_id FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id
         WHERE j.id = $1 AND p.deleted_at IS NULL",
        job,
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or(Error::NotFound(asked).into())
}

/// Plans the return of `seeds` and what hangs on them.
pub(crate) async fn plan(work: &mut Work, whole: &Whole, seeds: &HashSet<Uuid>) -> Result<Plan, Interrupt> {
    let ids: Vec<Uuid> = whole.jobs.iter().map(|job| job.id).collect();
    let edges = sqlx::query!(
        "SELECT child_id, parent_id, condition FROM edges WHERE child_id = ANY($1) ORDER BY child_id, ordinal",
        &ids,
    )
    .fetch_all(work.sql())
    .await?;
    let edges = edges.into_iter().map(|edge| (edge.child_id, edge.parent_id, condition(&edge.condition)));
    let plan = Plan::new(&whole.jobs, edges, seeds);
    // A job that ended between the locks and the look is not held: begin again.
    if plan.changes().all(|id| whole.held.contains(&id)) { Ok(plan) } else { Err(Interrupt::Widen) }
}
