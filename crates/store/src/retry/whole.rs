//! What a retry holds of a pipeline, and its plan over it.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::fixpoint::plan_with_losses;
use super::plan::Plan;
use super::scope::Tasks;
use crate::Error;
use crate::jobs::{LockedJob, lock_jobs, look_at_jobs};
use crate::origins::live_additions;
use crate::pipelines::lock_control;
use crate::resource::Resource;
use crate::rollup::condition;
use crate::work::{Interrupt, Work};

/// What a retry holds of a pipeline, and sees of it.
pub(crate) struct Whole {
    /// Every job, in id order.
    pub(crate) jobs: Vec<LockedJob>,
    /// Those that are locked: what has ended or is pending, or all. Open ones that are not go on meanwhile: one that ends has to take its children's locks
    /// before it resolves their edges, and then finds them as this retry left them.
    pub(crate) held: HashSet<Uuid>,
}

/// Takes the control row and then, in id order, the jobs of a pipeline: those that are not open, or, where succeeded tasks run again and what they had
/// led to is taken back, `all`. Looks at all only after that.
pub(crate) async fn lock_whole(work: &mut Work, pipeline: Uuid, all: bool) -> Result<Whole, Interrupt> {
    work.wide = true;
    lock_control(work, pipeline).await?;
    let ids = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE pipeline_id = $1 AND ($2 OR state NOT IN ('queued', 'running'))",
        pipeline,
        all,
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

/// Plans the return of `seeds`, what hangs on them, and what is taken back.
pub(crate) async fn plan(
    work: &mut Work,
    whole: &Whole,
    seeds: &BTreeMap<Uuid, Tasks>,
) -> Result<Plan, Interrupt> {
    let ids: Vec<Uuid> = whole.jobs.iter().map(|job| job.id).collect();
    let edges = sqlx::query!(
        "SELECT child_id, parent_id, condition FROM edges WHERE child_id = ANY($1) ORDER BY child_id, ordinal",
        &ids,
    )
    .fetch_all(work.sql())
    .await?;
    let edges: Vec<_> =
        edges.into_iter().map(|edge| (edge.child_id, edge.parent_id, condition(&edge.condition))).collect();
    // What only failed or was cancelled has added nothing.
    let all = seeds.values().any(|tasks| *tasks == Tasks::All);
    let added = if all { live_additions(work, &ids).await? } else { Vec::new() };
    let plan = plan_with_losses(&whole.jobs, &edges, seeds, &added);
    // A job that ended between the locks and the look is not held: begin again.
    if plan.changes().all(|id| whole.held.contains(&id)) { Ok(plan) } else { Err(Interrupt::Widen) }
}
