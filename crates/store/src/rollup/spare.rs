//! What a cancel with clean-up and a pipeline's `fail_fast` share: they cancel the jobs that have not ended, except those with a `failed`, `finished`
//! or `always` edge and what hangs below them. These their edges decide, and they take no more tasks once they are open.

use uuid::Uuid;
use windlass_domain::{Edge, JobState, Node, SealedBy, spared};

use super::edge_words::condition;
use super::ending::Ending;
use crate::jobs::LockedJob;
use crate::work::Work;

/// The jobs that have not ended, by what happens to them.
pub(crate) struct Parted {
    pub(crate) cancelled: Vec<LockedJob>,
    pub(crate) spared: Vec<LockedJob>,
}

/// Parts `open`, all jobs of these pipelines that have not ended, in id order.
pub(crate) async fn part(
    work: &mut Work,
    pipelines: &[Uuid],
    open: Vec<LockedJob>,
) -> Result<Parted, sqlx::Error> {
    let jobs = sqlx::query!(
        r#"SELECT id, ended_at IS NOT NULL AS "has_ended!" FROM jobs WHERE pipeline_id = ANY($1) ORDER BY id"#,
        pipelines,
    )
    .fetch_all(work.sql())
    .await?;
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    let edges = sqlx::query!(
        "SELECT child_id, parent_id, condition FROM edges WHERE child_id = ANY($1) ORDER BY child_id, ordinal",
        &ids,
    )
    .fetch_all(work.sql())
    .await?;
    // Ids are parents first.
    let jobs: Vec<_> = jobs.iter().map(|job| Node { job: job.id, has_ended: job.has_ended }).collect();
    let edges: Vec<_> = edges
        .iter()
        .map(|edge| Edge { child: edge.child_id, parent: edge.parent_id, when: condition(&edge.condition) })
        .collect();
    let kept = spared(&jobs, &edges);
    let (spared, cancelled) = open.into_iter().partition(|job| kept.contains(&job.id));
    Ok(Parted { cancelled, spared })
}

/// Seals what is spared: at once where it is open, else as it opens. Returns those that end thereby.
pub(crate) async fn seal_spared(work: &mut Work, spared: &[LockedJob]) -> Result<Vec<Ending>, sqlx::Error> {
    let unsealed: Vec<&LockedJob> = spared.iter().filter(|job| !job.seal.is_on()).collect();
    if unsealed.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query!(
        "UPDATE jobs SET sealed = state <> 'pending', sealed_by = CASE WHEN state <> 'pending' THEN $2 END, spared = state = 'pending'
         WHERE id = ANY($1)",
        &unsealed.iter().map(|job| job.id).collect::<Vec<_>>(),
        SealedBy::End.as_str(),
    )
    .execute(work.sql())
    .await?;
    let open = unsealed.into_iter().filter(|job| job.state != JobState::Pending);
    let sealed = open.map(|job| LockedJob { seal: job.seal.ended(), ..job.clone() });
    // With open tasks it goes on, whatever its threshold: that is judged at the next end of a task.
    let ending = |job: LockedJob| job.end().map(|end| Ending::decided(job, end));
    Ok(sealed.filter(|job| job.counts.open() == 0).filter_map(ending).collect())
}
