//! The rows of large additions go in before anything is locked: what a completion with 10,000 added tasks inserts under its job's lock is time
//! in which no other worker of that job is served.
//!
//! Until the commit nobody else sees them. They are counted, and the job's low-water mark is lowered, as the last step under the job's lock
//! (`jobs/add_tasks.rs`). Those of a completion that is refused, or has to wait for the next round, are removed again.

use std::collections::HashMap;

use uuid::Uuid;

use super::cause::Cause;
use super::report::{Complete, Report};
use crate::jobs::{Inserted, insert_for};
use crate::origins::{guess_origin, producers_of};
use crate::tasks::remove_inserted;
use crate::work::Work;

/// Tasks that a completion may add under the lock of the job; with more they are inserted before.
pub(super) const UNDER_LOCK: usize = 100;

/// Tasks inserted before their completion was judged, by the item's index and its position in `add_tasks`.
#[derive(Default)]
pub(super) struct Early(HashMap<(usize, usize), Inserted>);

impl Early {
    /// What was inserted for this addition, to be counted by the caller.
    pub(super) fn take(&mut self, item: usize, addition: usize) -> Option<Inserted> {
        self.0.remove(&(item, addition))
    }

    /// Removes what nobody has taken.
    pub(super) async fn remove(self, work: &mut Work) -> Result<(), sqlx::Error> {
        for inserted in self.0.into_values() {
            remove_inserted(work, &inserted.ids).await?;
        }
        Ok(())
    }
}

/// Inserts the tasks of the large additions among these that seem to be acceptable; those under the lock decide.
pub(super) async fn insert_early(
    work: &mut Work,
    items: &[(usize, Cause<'_>)],
) -> Result<Early, sqlx::Error> {
    let mut early = Early::default();
    for (at, cause) in items {
        match cause {
            Cause::Reported(Report::Complete(complete)) if complete.added() > UNDER_LOCK => {
                insert_all(work, &mut early, *at, complete).await?;
            }
            _ => (),
        }
    }
    Ok(early)
}

async fn insert_all(
    work: &mut Work,
    early: &mut Early,
    at: usize,
    complete: &Complete,
) -> Result<(), sqlx::Error> {
    let targets = targets(work, complete).await?;
    if complete.add_tasks.iter().any(|add| !targets.contains_key(add.job.as_str())) {
        return Ok(());
    }
    let producers = producers_of(work, complete.id).await?;
    for (addition, add) in complete.add_tasks.iter().enumerate() {
        if add.tasks.is_empty() {
            continue;
        }
        let (job, run) = targets[add.job.as_str()];
        let origin = guess_origin(work, job, &producers).await?;
        early.0.insert((at, addition), insert_for(work, job, run, origin, &add.tasks).await?);
    }
    Ok(())
}

/// The jobs that it adds to, with their runs, by key; as they are now, not locked. None if its lease is not current.
async fn targets(work: &mut Work, complete: &Complete) -> Result<HashMap<String, (Uuid, i32)>, sqlx::Error> {
    let keys: Vec<String> = complete.add_tasks.iter().map(|add| add.job.to_string()).collect();
    let rows = sqlx::query!(
        "SELECT target.key, target.id, target.run
         FROM (SELECT job_id FROM leases WHERE task_id = $1 AND token = $2 OFFSET 0) l
         JOIN jobs own ON own.id = l.job_id
         JOIN jobs target ON target.pipeline_id = own.pipeline_id AND target.key = ANY($3)
         WHERE NOT target.sealed AND target.ended_at IS NULL",
        complete.id,
        complete.token,
        &keys,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, (row.id, row.run))).collect())
}
