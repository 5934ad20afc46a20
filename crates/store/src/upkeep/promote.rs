//! Promote: makes scheduled tasks wait when their `run_at` has come, and makes jobs dispatchable whose own has.
//!
//! Tasks under pending jobs are promoted as well, so that opening moves two numbers. Stale rows, below an ended job or after a retry below an open
//! one, are the settler's; what was taken back nobody's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::batch::{BATCH, is_full};
use crate::db::deadline;
use crate::jobs::{LockedJob, lock_jobs};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What a promotion did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Promoted {
    /// Tasks that wait now.
    pub tasks: usize,
    /// Jobs whose `run_at` has come.
    pub jobs: usize,
    /// More were due than one tick takes.
    pub full: bool,
}

impl Store {
    /// Promotes up to 1,000 tasks and 1,000 jobs that are due, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn promote(&self) -> Result<Promoted, Error> {
        let from = self.memory.promoted.from();
        let due = self.due(from).await?;
        // Until all have gone: what is due and is held by somebody now is looked for again.
        self.memory.promoted.forget();
        if !due.jobs.is_empty() {
            transact!(self, work => promote_jobs(&mut work, &due.jobs).await).await?;
        }
        let mut passed_over = 0;
        if !due.tasks.is_empty() {
            let promoted = transact!(self, work => promote_tasks(&mut work, &due.tasks).await).await?;
            passed_over = due.tasks.len() - promoted;
        }
        let full = is_full(due.jobs.len()) || is_full(due.tasks.len());
        if passed_over == 0 && !full {
            self.memory.promoted.done(from, due.now);
        }
        Ok(Promoted { tasks: due.tasks.len(), jobs: due.jobs.len(), full })
    }

    /// The jobs and tasks due since `from`, oldest first: one query, which is all that an idle tick costs.
    async fn due(&self, from: DateTime<Utc>) -> Result<Due, Error> {
        let due = sqlx::query_as!(
            Due,
            r#"SELECT ARRAY(
                   SELECT id FROM jobs WHERE NOT due AND run_at > $2 AND run_at <= windlass_now() ORDER BY run_at LIMIT $1
               ) AS "jobs!",
               ARRAY(
                   SELECT t.id FROM tasks t JOIN jobs j ON j.id = t.job_id
                   WHERE t.state = 'scheduled' AND t.run_at > $2 AND t.run_at <= windlass_now() AND j.ended_at IS NULL
                     AND t.run >= j.again_run AND NOT windlass_is_gone(t.origin, j.origins)
                   ORDER BY t.run_at LIMIT $1
               ) AS "tasks!",
               windlass_now() AS "now!""#,
            BATCH,
            from,
        );
        Ok(deadline(due.fetch_one(&self.db.pool)).await?)
    }
}

/// What is due.
struct Due {
    jobs: Vec<Uuid>,
    tasks: Vec<Uuid>,
    now: DateTime<Utc>,
}

async fn promote_jobs(work: &mut Work, due: &[Uuid]) -> Result<(), Interrupt> {
    let jobs: Vec<LockedJob> = lock_jobs(work, due).await?.into_iter().filter(|job| !job.due).collect();
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    sqlx::query!(
        "UPDATE jobs SET due = true, returned = returned OR opened_position IS NOT NULL WHERE id = ANY($1)",
        &ids
    )
    .execute(work.sql())
    .await?;
    for job in &jobs {
        work.effects.count_job(job, &LockedJob { due: true, ..job.clone() });
    }
    Ok(())
}

/// Promotes those of the tasks that nobody holds; returns how many.
async fn promote_tasks(work: &mut Work, due: &[Uuid]) -> Result<usize, Interrupt> {
    // With a plain equality the planner may walk all scheduled tasks in search of these.
    let mut due = sqlx::query!(
        "SELECT id, job_id, run_at FROM tasks WHERE id = ANY($1) AND state IS NOT DISTINCT FROM 'scheduled'
         ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
        due,
    )
    .fetch_all(work.sql())
    .await?;
    due.sort_unstable_by_key(|task| (task.run_at, task.id));
    let ids: BTreeSet<Uuid> = due.iter().map(|task| task.job_id).collect();
    let jobs = lock_jobs(work, &ids.into_iter().collect::<Vec<_>>()).await?;
    let is_open = |id: Uuid| jobs.iter().any(|job| job.id == id && !job.state.has_ended());
    let line: Vec<Uuid> = due.iter().filter(|task| is_open(task.job_id)).map(|task| task.id).collect();
    let promoted = write_tasks(work, &line).await?;
    move_counts(work, &promoted).await?;
    for job in &jobs {
        if let Some(promoted) = promoted.get(&job.id) {
            let mut after = job.clone();
            after.counts.scheduled -= promoted.tasks;
            after.counts.queued += promoted.tasks;
            work.effects.count_job(job, &after);
        }
    }
    Ok(line.len())
}

/// What was promoted in one job.
struct InJob {
    tasks: i64,
    /// The lowest position drawn.
    lowest: i64,
}

/// Puts the tasks in line in their order. One whose job ended and was retried before it was locked is stale, and passed over.
async fn write_tasks(work: &mut Work, ids: &[Uuid]) -> Result<BTreeMap<Uuid, InJob>, sqlx::Error> {
    let rows = sqlx::query!(
        "WITH line AS MATERIALIZED (
             SELECT id, nextval('task_positions') AS position FROM unnest($1::uuid[]) AS due (id)
         ),
         written AS (
             UPDATE tasks t SET state = 'queued', position = line.position
             FROM line, jobs j WHERE t.id = line.id AND j.id = t.job_id AND t.run >= j.again_run
               AND NOT windlass_is_gone(t.origin, j.origins)
             RETURNING t.job_id, t.position
         )
         SELECT job_id AS \"job_id!\", count(*) AS \"tasks!\", min(position) AS \"lowest!\" FROM written GROUP BY job_id",
        ids,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| (row.job_id, InJob { tasks: row.tasks, lowest: row.lowest })).collect())
}

async fn move_counts(work: &mut Work, promoted: &BTreeMap<Uuid, InJob>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE jobs j SET
             scheduled = j.scheduled - e.promoted, queued = j.queued + e.promoted,
             head = least(j.head, e.lowest - 1), added = j.added + 1,
             returned = j.returned OR (j.opened_position IS NOT NULL AND NOT j.dispatchable)
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS e (id, promoted, lowest)
         WHERE j.id = e.id",
        &promoted.keys().copied().collect::<Vec<_>>(),
        &promoted.values().map(|promoted| promoted.tasks).collect::<Vec<_>>(),
        &promoted.values().map(|promoted| promoted.lowest).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
