//! The rows of large additions go in before anything is locked: what a completion with 10,000 added tasks inserts under its job's lock is time
//! in which no other worker of that job is served.
//!
//! Until the commit nobody else sees them. They are counted, and the job's low-water mark is lowered, as the last step under the job's lock
//! (`jobs/add_tasks.rs`). Those of a completion that is refused, or has to wait for the next round, are removed again.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::JobState;

use super::cause::Cause;
use super::report::{Complete, Report};
use crate::jobs::{AddedTo, Inserted, insert_for, job_state};
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
    let additions = || complete.add_tasks.iter().enumerate().filter(|(_, add)| !add.tasks.is_empty());
    if additions().any(|(_, add)| !targets.contains_key(add.job.as_str())) {
        return Ok(());
    }
    let producers = producers_of(work, complete.id).await?;
    for (addition, add) in additions() {
        let (job, run, state) = targets[add.job.as_str()];
        let home = AddedTo::new(run, guess_origin(work, job, &producers).await?, state);
        early.0.insert((at, addition), insert_for(work, job, home, &add.tasks).await?);
    }
    Ok(())
}

/// The jobs that it may add to, with their runs and states, by key; as they are now, not locked. None if its lease is not current.
async fn targets(
    work: &mut Work,
    complete: &Complete,
) -> Result<HashMap<String, (Uuid, i32, JobState)>, sqlx::Error> {
    let keys: Vec<String> = complete.add_tasks.iter().map(|add| add.job.to_string()).collect();
    let rows = sqlx::query!(
        "SELECT target.key, target.id, target.run, target.state
         FROM (SELECT job_id FROM leases WHERE task_id = $1 AND token = $2 OFFSET 0) l
         JOIN jobs own ON own.id = l.job_id
         JOIN jobs target ON target.pipeline_id = own.pipeline_id AND target.key = ANY($3)
         WHERE CASE WHEN target.ended_at IS NULL THEN NOT target.sealed ELSE target.state <> 'succeeded' END",
        complete.id,
        complete.token,
        &keys,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, (row.id, row.run, job_state(&row.state)))).collect())
}
