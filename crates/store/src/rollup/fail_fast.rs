//! A pipeline's `fail_fast`: on its first failure the rest is cancelled, except what `failed`, `finished` and
//! `always` edges decide.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::JobState;

use super::ending::Ending;
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

/// The jobs to cancel because of these failures: none where the pipeline does not ask for it or has done it.
pub(super) async fn cancel_rest(
    work: &mut Work,
    failed: &[(Uuid, String)],
) -> Result<Vec<Ending>, Interrupt> {
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    let keys: BTreeMap<Uuid, &str> =
        failed.iter().rev().map(|(pipeline, key)| (*pipeline, key.as_str())).collect();
    let pipelines = sqlx::query_scalar!(
        "SELECT id FROM pipelines WHERE id = ANY($1) AND fail_fast AND NOT failed_fast",
        &keys.keys().copied().collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    if pipelines.is_empty() {
        return Ok(Vec::new());
    }
    if !work.wide {
        return Err(Interrupt::Widen);
    }
    for id in &pipelines {
        work.effects.pipeline_marks.entry(*id).or_default().failed_fast = true;
    }
    let rest = sqlx::query_scalar!(
        "SELECT id FROM jobs j
         WHERE pipeline_id = ANY($1) AND ended_at IS NULL
           AND NOT EXISTS (SELECT FROM edges WHERE child_id = j.id AND condition <> 'succeeded')",
        &pipelines,
    )
    .fetch_all(work.sql())
    .await?;
    let cancelled = lock_jobs(work, &rest).await?.into_iter().map(|job| Ending {
        state: JobState::Cancelled,
        reason: Some(format!("fail_fast: job {} failed", keys[&job.pipeline_id])),
        not_taken: false,
        actor: Actor::Server,
        job,
    });
    Ok(cancelled.collect())
}
