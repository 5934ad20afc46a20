//! A pipeline's `fail_fast`: its first failure seals it and cancels the rest, except what edges decide (`spare.rs`).

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::JobState;

use super::ending::Ending;
use super::spare::{part, seal_spared};
use crate::events::Actor;
use crate::jobs::lock_jobs;
use crate::work::{Interrupt, Work};

/// The pipelines in which a job of this wave failed that may not, with that job's key.
pub(super) fn failures(wave: &[Ending]) -> Vec<(Uuid, String)> {
    wave.iter()
        .filter(|ending| ending.state == JobState::Failed && !ending.job.allow_failure)
        .map(|ending| (ending.job.pipeline_id, ending.job.key.clone()))
        .collect()
}

/// The jobs to end because of these failures: none where the pipeline does not ask for it or has done it.
pub(super) async fn cancel_rest(
    work: &mut Work,
    failed: &[(Uuid, String)],
) -> Result<Vec<Ending>, Interrupt> {
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    let keys: BTreeMap<Uuid, &str> =
        failed.iter().rev().map(|(pipeline, key)| (*pipeline, key.as_str())).collect();
    let pipelines = acting(work, &keys).await?;
    if pipelines.is_empty() {
        return Ok(Vec::new());
    }
    if !work.wide {
        return Err(Interrupt::Widen);
    }
    for id in &pipelines {
        work.effects.pipeline_marks.entry(*id).or_default().failed_fast = true;
    }
    let open = sqlx::query_scalar!(
        "SELECT id FROM jobs WHERE pipeline_id = ANY($1) AND ended_at IS NULL",
        &pipelines
    )
    .fetch_all(work.sql())
    .await?;
    let open = lock_jobs(work, &open).await?;
    let parted = part(work, &pipelines, open).await?;
    let mut endings = seal_spared(work, &parted.spared).await?;
    endings.extend(parted.cancelled.into_iter().map(|job| Ending {
        state: JobState::Cancelled,
        reason: Some(format!("fail_fast: job {} failed", keys[&job.pipeline_id])),
        not_taken: false,
        passed: false,
        actor: Actor::Server,
        job,
    }));
    Ok(endings)
}

/// The pipelines that ask for it and have not done it. One that is being cancelled has: the cancel has ended all but what cleans up.
async fn acting(work: &mut Work, failed: &BTreeMap<Uuid, &str>) -> Result<Vec<Uuid>, sqlx::Error> {
    let marks = &work.effects.pipeline_marks;
    let marked = |id: &Uuid| marks.get(id).is_some_and(|mark| mark.failed_fast || mark.is_cancel());
    let failed: Vec<Uuid> = failed.keys().copied().filter(|id| !marked(id)).collect();
    sqlx::query_scalar!(
        "SELECT id FROM pipelines WHERE id = ANY($1) AND fail_fast AND NOT failed_fast AND NOT cancelled",
        &failed,
    )
    .fetch_all(work.sql())
    .await
}
