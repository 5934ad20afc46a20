//! Jobs of `"join": "any"` whose last parent has ended.
//!
//! Their counter only says when that is. What each parent's end makes of its edge is read here, once all have ended and this transaction holds the
//! job: a retry of a parent would need the job's lock as well, so no end that is read here can be taken back meanwhile.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::{EdgeOutcome, Join, Joined, ParentEnd};

use super::edge_words::{condition, skip_reason};
use crate::jobs::{LockedJob, job_state};
use crate::work::Work;

/// What becomes of such a job.
pub(super) enum Judged {
    Opens,
    Skipped { reason: String, not_taken: bool },
}

/// Judges jobs that this transaction holds, all parents of which have ended.
pub(super) async fn judge(
    work: &mut Work,
    jobs: Vec<LockedJob>,
) -> Result<Vec<(LockedJob, Judged)>, sqlx::Error> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    let edges = edges(work, &ids).await?;
    let judged = jobs.into_iter().map(|job| {
        let judged = decide(&edges[&job.id]);
        (job, judged)
    });
    Ok(judged.collect())
}

/// An edge, and why its child would be skipped by it.
type Edge = (EdgeOutcome, String);

async fn edges(work: &mut Work, children: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Edge>>, sqlx::Error> {
    let rows = sqlx::query!(
        // Each parent by its id: with a join the planner may walk all jobs.
        "SELECT e.child_id, e.condition, p.key, p.state, p.not_taken
         FROM edges e
         CROSS JOIN LATERAL (SELECT key, state, not_taken FROM jobs WHERE id = e.parent_id OFFSET 0) p
         WHERE e.child_id = ANY($1) ORDER BY e.child_id, e.ordinal",
        children,
    )
    .fetch_all(work.sql())
    .await?;
    let mut edges: BTreeMap<Uuid, Vec<Edge>> = BTreeMap::new();
    for row in rows {
        let state = job_state(&row.state);
        assert!(state.has_ended(), "the counter of a join says that all parents have ended");
        let outcome = condition(&row.condition).resolve(ParentEnd { state, not_taken: row.not_taken });
        edges.entry(row.child_id).or_default().push((outcome, skip_reason(&row.key, state)));
    }
    Ok(edges)
}

fn decide(edges: &[Edge]) -> Judged {
    let outcomes: Vec<Option<EdgeOutcome>> = edges.iter().map(|(outcome, _)| Some(*outcome)).collect();
    match Join::Any.decide(&outcomes) {
        Joined::Skipped { edge, not_taken } => Judged::Skipped { reason: edges[edge].1.clone(), not_taken },
        Joined::Opens | Joined::Waits(_) => Judged::Opens,
    }
}
