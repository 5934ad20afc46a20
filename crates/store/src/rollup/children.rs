//! Resolves the edges that leave ended jobs: opens children whose last edge is met, and finds those to be skipped.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use windlass_domain::{EdgeOutcome, JobState, Join, ParentEnd, Seal, SealedBy};

use super::edge_words::{condition, skip_reason};
use super::ending::Ending;
use super::join_any::{self, Judged};
use crate::events::{Actor, Event};
use crate::jobs::{LockedJob, lock_jobs, stored_seal};
use crate::work::{Interrupt, Work};

/// What the wave's ends mean for one child.
#[derive(Default)]
struct Resolution {
    met: i32,
    /// Met or not.
    ended: i32,
    /// The first edge that can no longer be met, one where something went wrong before a branch not taken.
    unmeetable: Option<(String, bool)>,
    /// Of these, that one ends a job that freezes, too.
    ends_what_freezes: bool,
}

/// Resolves the edges of the jobs just closed; returns the children that end thereby.
pub(super) async fn resolve_edges(work: &mut Work, ended: &[Ending]) -> Result<Vec<Ending>, Interrupt> {
    let resolutions = resolutions(work, ended).await?;
    let ids: Vec<Uuid> = resolutions.keys().copied().collect();
    let (mut endings, mut moved, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for job in lock_jobs(work, &ids).await? {
        // A child that has been skipped or cancelled meanwhile has no use for its edges.
        if job.state != JobState::Pending {
            continue;
        }
        let resolution = &resolutions[&job.id];
        // Below what a person skipped or cancelled it waits on.
        if job.freezes && resolution.unmeetable.is_some() && !resolution.ends_what_freezes {
            continue;
        }
        match (job.join, &resolution.unmeetable) {
            (Join::All, Some((reason, not_taken))) => {
                endings.push(Ending::skipped(job, reason.clone(), *not_taken));
            }
            (Join::All, None) => moved.push((job, resolution.met)),
            (Join::Any, _) if job.unmet > resolution.ended => moved.push((job, resolution.ended)),
            (Join::Any, _) => last.push(job),
        }
    }
    for (job, judged) in join_any::judge(work, last).await? {
        match judged {
            Judged::Opens => moved.push((job.clone(), job.unmet)),
            Judged::Skipped { reason, not_taken } => endings.push(Ending::skipped(job, reason, not_taken)),
        }
    }
    let seals = meet_edges(work, &moved).await?;
    for (job, met) in moved {
        if job.unmet == met {
            let open = opened(work, &job, seals[&job.id]);
            // With tasks to run it opens, though a retry of one of them may have left its threshold passed.
            if open.counts.open() == 0 {
                endings.extend(open.end().map(|end| Ending::decided(open, end).at_opening()));
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
        resolution.ended += 1;
        match condition(&edge.condition)
            .resolve(ParentEnd { state: parent.state, not_taken: parent.not_taken })
        {
            EdgeOutcome::Met => resolution.met += 1,
            EdgeOutcome::Unmeetable { not_taken } => {
                resolution.ends_what_freezes |= parent.ends_what_freezes();
                if resolution.unmeetable.as_ref().is_none_or(|(_, before)| *before && !not_taken) {
                    resolution.unmeetable = Some((skip_reason(&parent.job.key, parent.state), not_taken));
                }
            }
        }
    }
    Ok(resolutions)
}

/// Meets one edge of a pending job that this transaction holds, beside those that other jobs meet; returns its end if it ends as it opens.
pub(crate) async fn meet_one(work: &mut Work, job: &LockedJob) -> Result<Option<Ending>, sqlx::Error> {
    let seals = meet_edges(work, &[(job.clone(), 1)]).await?;
    if job.unmet > 1 {
        return Ok(None);
    }
    let open = opened(work, job, seals[&job.id]);
    let end = open.end().filter(|_| open.counts.open() == 0);
    Ok(end.map(|end| Ending::decided(open, end).at_opening()))
}

struct Opened {
    id: Uuid,
    sealed: bool,
    sealed_by: Option<String>,
    seals_on_open: bool,
}

/// Counts met edges, and opens the jobs that had no other: one that a clean-up has spared is sealed thereby. Returns all seals.
async fn meet_edges(work: &mut Work, moved: &[(LockedJob, i32)]) -> Result<HashMap<Uuid, Seal>, sqlx::Error> {
    if moved.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = moved.iter().map(|(job, _)| job.id).collect();
    let met: Vec<i32> = moved.iter().map(|(_, met)| *met).collect();
    let seals: Vec<Seal> =
        moved.iter().map(|(job, met)| if job.unmet == *met { job.seal.opened() } else { job.seal }).collect();
    let sealed = sqlx::query_as!(
        Opened,
        "UPDATE jobs j SET
             spared = j.spared AND j.unmet <> e.met,
             unmet = j.unmet - e.met,
             state = CASE WHEN j.unmet = e.met THEN 'queued' ELSE j.state END,
             opened_at = CASE WHEN j.unmet = e.met THEN windlass_now() ELSE j.opened_at END,
             opened_position = CASE WHEN j.unmet = e.met THEN nextval('job_positions') ELSE j.opened_position END,
             returned = j.returned AND j.unmet <> e.met,
             sealed = e.sealed OR j.spared AND j.unmet = e.met,
             sealed_by = CASE WHEN NOT e.sealed AND j.spared AND j.unmet = e.met THEN $5 ELSE e.sealed_by END
         FROM unnest($1::uuid[], $2::int[], $3::boolean[], $4::text[]) AS e (id, met, sealed, sealed_by)
         WHERE j.id = e.id
         RETURNING j.id, j.sealed, j.sealed_by, j.seals_on_open",
        &ids,
        &met,
        &seals.iter().map(|seal| seal.is_on()).collect::<Vec<_>>(),
        &seals.iter().map(|seal| seal.word()).collect::<Vec<_>>() as &[Option<&str>],
        SealedBy::End.as_str(),
    )
    .fetch_all(work.sql())
    .await?;
    let seal = |row: &Opened| stored_seal(row.sealed, row.sealed_by.as_deref(), row.seals_on_open);
    Ok(sealed.iter().map(|row| (row.id, seal(row))).collect())
}

fn opened(work: &mut Work, job: &LockedJob, seal: Seal) -> LockedJob {
    let seal = Seal { on_lease: job.seal.on_lease, ..seal };
    let open = LockedJob { state: JobState::Queued, unmet: 0, seal, ..job.clone() };
    work.effects.count_job(job, &open);
    let (from, to) = (job.state.as_str(), open.state.as_str());
    work.effects.events.push(Event::job(job.pipeline_id, job.id, Some(from), to, Actor::Server));
    open
}
