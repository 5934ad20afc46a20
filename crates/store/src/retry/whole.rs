//! What a retry holds of a pipeline, and its plan over it.

use std::collections::HashSet;

use uuid::Uuid;
use windlass_domain::When;

use crate::Error;
use crate::jobs::{LockedJob, lock_jobs, look_at_jobs, thaw};
use crate::origins::{Added, live_additions};
use crate::pipelines::lock_control;
use crate::resource::Resource;
use crate::rollup::condition;
use crate::work::{Interrupt, Work};

/// What a retry holds of a pipeline, and sees of it.
pub(crate) struct Whole {
    /// Every job, in id order.
    pub(crate) jobs: Vec<LockedJob>,
    /// Child, parent and condition, in the order of each child's `depends_on`.
    pub(crate) edges: Vec<(Uuid, Uuid, When)>,
    /// Those that are locked. Where what is below stays, jobs that run are not: one that ends has to take its children's locks before it
    /// resolves their edges, and then finds them as this retry left them.
    pub(super) held: HashSet<Uuid>,
    /// What completions have added, where some of it may be taken back.
    pub(super) added: Vec<Added>,
}

/// Takes the control row and then, in id order, the jobs of a pipeline that the retry may change: `all` where succeeded tasks run again, or what runs
/// is cancelled. Looks at all only after that.
pub(crate) async fn lock_whole(work: &mut Work, pipeline: Uuid, all: bool) -> Result<Whole, Interrupt> {
    work.wide = true;
    lock_control(work, pipeline).await?;
    thaw(work, pipeline).await?;
    let ids = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE pipeline_id = $1 AND (state <> 'running' OR $2)",
        pipeline,
        all,
    )
    .fetch_all(work.sql())
    .await?;
    let held = lock_jobs(work, &ids).await?.iter().map(|job| job.id).collect();
    let jobs = look_at_jobs(work, pipeline).await?;
    let edges = read_edges(work, &jobs).await?;
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    // What only failed or was cancelled has added nothing.
    let added = if all { live_additions(work, &ids).await? } else { Vec::new() };
    Ok(Whole { jobs, edges, held, added })
}

async fn read_edges(work: &mut Work, jobs: &[LockedJob]) -> Result<Vec<(Uuid, Uuid, When)>, sqlx::Error> {
    let edges = sqlx::query!(
        "SELECT child_id, parent_id, condition FROM edges WHERE child_id = ANY($1) ORDER BY child_id, ordinal",
        &jobs.iter().map(|job| job.id).collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    let edges = edges.into_iter().map(|edge| (edge.child_id, edge.parent_id, condition(&edge.condition)));
    Ok(edges.collect())
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
