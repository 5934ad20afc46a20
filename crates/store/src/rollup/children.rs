//! Resolves the edges that leave ended jobs: opens children whose last edge is met, and finds those to be skipped.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;
use windlass_domain::{EdgeOutcome, JobState, ParentEnd, When};

use super::ending::Ending;
use crate::events::{Actor, Event};
use crate::jobs::{LockedJob, lock_jobs};
use crate::work::{Interrupt, Work};

/// What the wave's ends mean for one child.
#[derive(Default)]
struct Resolution {
    met: i32,
    /// The first edge that can no longer be met, one where something went wrong before a branch not taken.
    unmeetable: Option<(String, bool)>,
}

/// Resolves the edges of the jobs just closed; returns the children that end thereby.
pub(super) async fn resolve_edges(work: &mut Work, ended: &[Ending]) -> Result<Vec<Ending>, Interrupt> {
    let resolutions = resolutions(work, ended).await?;
    let ids: Vec<Uuid> = resolutions.keys().copied().collect();
    let mut endings = Vec::new();
    let mut moved = Vec::new();
    for job in lock_jobs(work, &ids).await? {
        // A child that has been skipped or cancelled meanwhile has no use for its edges.
        if job.state != JobState::Pending {
            continue;
        }
        let resolution = &resolutions[&job.id];
        match &resolution.unmeetable {
            Some((reason, not_taken)) => endings.push(Ending {
                job,
                state: JobState::Skipped,
                reason: Some(reason.clone()),
                not_taken: *not_taken,
                actor: Actor::Server,
            }),
            None => moved.push((job, resolution.met)),
        }
    }
    let sealed = meet_edges(work, &moved).await?;
    for (job, met) in moved {
        if job.unmet == met {
            let open = opened(work, &job, sealed.contains(&job.id));
            // With tasks to run it opens, though a retry of one of them may have left its threshold passed.
            if open.counts.open() == 0 {
                endings.extend(open.end().map(|end| Ending::decided(open, end)));
            }
        }
    }
    Ok(endings)
}

async fn resolutions(work: &mut Work, ended: &[Ending]) -> Result<BTreeMap<Uuid, Resolution>, sqlx::Error> {
    let parents: BTreeMap<Uuid, &Ending> = ended.iter().map(|ending| (ending.job.id, ending)).collect();
    let edges = sqlx::query!(
        "SELECT child_id, parent_id, condition FROM edges WHERE parent_id = ANY($1) ORDER BY child_id, ordinal",
        &parents.keys().copied().collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    let mut resolutions: BTreeMap<Uuid, Resolution> = BTreeMap::new();
    for edge in edges {
        let parent = parents[&edge.parent_id];
        let resolution = resolutions.entry(edge.child_id).or_default();
        match condition(&edge.condition)
            .resolve(ParentEnd { state: parent.state, not_taken: parent.not_taken })
        {
            EdgeOutcome::Met => resolution.met += 1,
            EdgeOutcome::Unmeetable { not_taken } => {
                if resolution.unmeetable.as_ref().is_none_or(|(_, before)| *before && !not_taken) {
                    resolution.unmeetable = Some((skip_reason(&parent.job.key, parent.state), not_taken));
                }
            }
        }
    }
    Ok(resolutions)
}

/// Why a job is skipped, for people.
pub(crate) fn skip_reason(parent: &str, state: JobState) -> String {
    format!("parent {parent} {}", state.as_str())
}

/// The condition of a stored word.
pub(crate) fn condition(word: &str) -> When {
    When::parse(word).expect("a CHECK holds edges.condition to the known words")
}

/// Counts met edges, and opens the jobs that had no other. Returns those of them that are sealed.
async fn meet_edges(work: &mut Work, moved: &[(LockedJob, i32)]) -> Result<HashSet<Uuid>, sqlx::Error> {
    if moved.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = moved.iter().map(|(job, _)| job.id).collect();
    let met: Vec<i32> = moved.iter().map(|(_, met)| *met).collect();
    let sealed = sqlx::query_scalar!(
        "UPDATE jobs j SET
             sealed = j.sealed OR j.spared AND j.unmet = e.met,
             spared = j.spared AND j.unmet <> e.met,
             unmet = j.unmet - e.met,
             state = CASE WHEN j.unmet = e.met THEN 'queued' ELSE j.state END,
             opened_at = CASE WHEN j.unmet = e.met THEN windlass_now() ELSE j.opened_at END,
             opened_position = CASE WHEN j.unmet = e.met THEN nextval('job_positions') ELSE j.opened_position END,
             returned = j.returned AND j.unmet <> e.met
         FROM unnest($1::uuid[], $2::int[]) AS e (id, met)
         WHERE j.id = e.id
         RETURNING CASE WHEN j.sealed THEN j.id END",
        &ids,
        &met,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(sealed.into_iter().flatten().collect())
}

fn opened(work: &mut Work, job: &LockedJob, sealed: bool) -> LockedJob {
    let mut open = LockedJob { state: JobState::Queued, unmet: 0, ..job.clone() };
    open.terms.sealed = sealed;
    work.effects.count_job(job, &open);
    let (from, to) = (job.state.as_str(), open.state.as_str());
    work.effects.events.push(Event::job(job.pipeline_id, job.id, Some(from), to, Actor::Server));
    open
}
