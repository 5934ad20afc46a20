//! Prune: deletes old history, in bounded batches.
//!
//! Ended pipelines older than their retention get the tombstone that DELETE sets, and the rows of what has one go piece by piece, tasks first; so do
//! those of tasks that were taken back (`remove_gone.rs`).
//! Events, attempts and outcomes go by whole partitions. Nothing that has not ended is ever touched.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{PipelineState, seconds};

use super::batch::{BATCH, is_full};
use super::delete_tasks::delete_tasks;
use super::remove_gone::remove_gone;
use super::retention::Retention;
use crate::db::deadline;
use crate::webhooks::prune_deliveries;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What a pruning did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pruned {
    /// Rows of pipelines, jobs and tasks deleted.
    pub rows: usize,
    /// There may be more.
    pub full: bool,
}

/// Pipelines that one tick deletes at the most.
const PIPELINES: i64 = 200;

impl Store {
    /// Deletes up to 1,000 tasks' and 200 pipelines' worth of what is deleted or older than its `retention`, and what is stored for a fixed time:
    /// idempotency keys a day (25 hours, to be sure), those of log calls an hour, those of dequeues an hour and while a lease of theirs lives, workers an hour, the
    /// types that they asked for a day; names under which nobody has logged in for 3 days more than events are stored.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune(&self, retention: &Retention) -> Result<Pruned, Error> {
        let dug = transact!(self, work => dig(&mut work).await).await?;
        if dug.rows > 0 {
            return Ok(dug);
        }
        let gone = transact!(self, work => remove_gone(&mut work).await).await?;
        if gone > 0 {
            return Ok(Pruned { rows: gone, full: true });
        }
        let delivered = prune_deliveries(self, retention.deliveries).await?;
        if delivered > 0 {
            return Ok(Pruned { rows: delivered, full: true });
        }
        let buried = self.bury(retention).await?;
        let forgotten = self.forget(retention).await?;
        Ok(Pruned { rows: buried + forgotten, full: buried > 0 || is_full(forgotten) })
    }

    /// Sets the tombstone of ended pipelines older than their retention.
    async fn bury(&self, retention: &Retention) -> Result<usize, Error> {
        let mut buried = 0;
        for (end, length) in retention.ends() {
            buried += self.bury_those(end, length).await?;
        }
        Ok(buried)
    }

    async fn bury_those(&self, end: PipelineState, length: Duration) -> Result<usize, Error> {
        let bury = sqlx::query!(
            "UPDATE pipelines SET deleted_at = windlass_now()
             WHERE id = ANY(ARRAY(
                 SELECT id FROM pipelines
                 WHERE state = $1 AND ended_at IS NOT NULL AND deleted_at IS NULL
                   AND ended_at < windlass_now() - $2 * interval '1 second'
                   -- The leases of a frozen job run out before it goes.
                   AND (surface IS NULL OR NOT EXISTS (SELECT FROM jobs j WHERE j.pipeline_id = pipelines.id AND j.frozen AND j.running > 0))
                 ORDER BY ended_at LIMIT $3
             ))
               -- Said again, because a row that was waited for is looked at again by this condition only: a retry may have reopened it.
               AND state = $1 AND deleted_at IS NULL AND ended_at < windlass_now() - $2 * interval '1 second'",
            end.as_str(),
            seconds(length),
            BATCH,
        );
        let buried = deadline(bury.execute(&self.db.pool)).await?;
        Ok(usize::try_from(buried.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Drops old partitions, and deletes a bounded number of what is stored for a fixed time.
    async fn forget(&self, retention: &Retention) -> Result<usize, Error> {
        for (table, length) in retention.partitioned() {
            let drop_partitions =
                sqlx::query_scalar!("SELECT windlass_drop_partitions($1, $2)", table, seconds(length));
            deadline(drop_partitions.fetch_one(&self.db.pool)).await.map(drop)?;
        }
        let drop_outcomes =
            sqlx::query_scalar!("SELECT windlass_drop_outcome_partitions($1)", seconds(retention.outcomes));
        deadline(drop_outcomes.fetch_one(&self.db.pool)).await.map(drop)?;
        let forget = sqlx::query_file_scalar!("src/upkeep/forget.sql", BATCH, seconds(retention.events));
        let rows = deadline(forget.fetch_one(&self.db.pool)).await?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }
}

/// Deletes a piece of the pipelines that were deleted first.
async fn dig(work: &mut Work) -> Result<Pruned, Interrupt> {
    let pipelines = sqlx::query_scalar!(
        "SELECT id FROM pipelines WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1 FOR UPDATE SKIP LOCKED",
        PIPELINES,
    )
    .fetch_all(work.sql())
    .await?;
    if pipelines.is_empty() {
        return Ok(Pruned::default());
    }
    let tasks = sqlx::query_scalar!(
        "SELECT t.id FROM jobs j
         CROSS JOIN LATERAL (SELECT 0 AS origin UNION ALL SELECT origin FROM task_origins WHERE job_id = j.id) o
         CROSS JOIN LATERAL (
             -- A range, as in settle.rs.
             SELECT id FROM tasks
             WHERE (windlass_line(job_id, origin), id) > (windlass_line(j.id, o.origin), '00000000-0000-0000-0000-000000000000')
               AND (windlass_line(job_id, origin), id) <= (windlass_line(j.id, o.origin), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
             ORDER BY windlass_line(job_id, origin), id LIMIT $2
         ) t
         WHERE j.pipeline_id = ANY($1) LIMIT $2",
        &pipelines,
        BATCH,
    )
    .fetch_all(work.sql())
    .await?;
    delete_tasks(work, &tasks).await?;
    if is_full(tasks.len()) {
        return Ok(Pruned { rows: tasks.len(), full: true });
    }
    let jobs = delete_pipelines(work, &pipelines).await?;
    Ok(Pruned { rows: tasks.len() + jobs + pipelines.len(), full: true })
}

async fn delete_pipelines(work: &mut Work, ids: &[Uuid]) -> Result<usize, sqlx::Error> {
    let jobs = sqlx::query_scalar!("SELECT id FROM jobs WHERE pipeline_id = ANY($1) ORDER BY id", ids)
        .fetch_all(work.sql())
        .await?;
    sqlx::query!(
        "WITH a AS (DELETE FROM job_specs WHERE job_id = ANY($1)),
              b AS (DELETE FROM edges WHERE child_id = ANY($1)),
              o AS (DELETE FROM task_origins WHERE job_id = ANY($1)),
              f AS (DELETE FROM job_seals WHERE job_id = ANY($1)),
              i AS (DELETE FROM outcome_counts WHERE job_id = ANY($1)),
              k AS (DELETE FROM job_errors WHERE job_id = ANY($1)),
              g AS (DELETE FROM cancelled_by_hand WHERE job_id = ANY($1)),
              c AS (DELETE FROM jobs WHERE id = ANY($1)),
              d AS (DELETE FROM pipeline_metadata WHERE pipeline_id = ANY($2)),
              h AS (DELETE FROM pipeline_templates WHERE pipeline_id = ANY($2)),
              e AS (DELETE FROM pipeline_controls WHERE pipeline_id = ANY($2))
         DELETE FROM pipelines WHERE id = ANY($2)",
        &jobs,
        ids,
    )
    .execute(work.sql())
    .await?;
    Ok(jobs.len())
}
