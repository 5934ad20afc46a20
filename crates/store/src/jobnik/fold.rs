//! Makes one row of many in the counters of Jobnik's surface: each change of a stage or a job adds one, and what is read sums up all.

use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Folds what has been added since the last time; how many rows it took. Several servers may do so at once: each takes rows that no other has.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn fold_jobnik_counts(&self) -> Result<usize, Error> {
        let stages = sqlx::query_scalar!(
            r#"WITH held AS MATERIALIZED (
                   SELECT ctid AS address FROM jobnik_counts
                   WHERE (type, priority) IN (SELECT type, priority FROM jobnik_counts GROUP BY type, priority HAVING count(*) > 1)
                   FOR UPDATE SKIP LOCKED
               ),
               taken AS (
                   DELETE FROM jobnik_counts WHERE ctid = ANY(ARRAY(SELECT address FROM held)) RETURNING *
               ),
               folded AS (
                   INSERT INTO jobnik_counts
                   SELECT type, priority, sum(pending), sum(in_progress), sum(completed), sum(failed), sum(retried), sum(created_stages),
                          sum(waiting_stages), sum(pending_stages), sum(running_stages), sum(completed_stages), sum(failed_stages),
                          sum(aborted_stages)
                   FROM taken GROUP BY type, priority
                   HAVING (sum(pending), sum(in_progress), sum(completed), sum(failed), sum(retried), sum(created_stages), sum(waiting_stages),
                           sum(pending_stages), sum(running_stages), sum(completed_stages), sum(failed_stages), sum(aborted_stages))
                          <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
               )
               SELECT count(*) AS "rows!" FROM taken"#
        );
        let jobs = sqlx::query_scalar!(
            r#"WITH held AS MATERIALIZED (
                   SELECT ctid AS address FROM jobnik_job_counts WHERE (SELECT count(*) > 1 FROM jobnik_job_counts) FOR UPDATE SKIP LOCKED
               ),
               taken AS (
                   DELETE FROM jobnik_job_counts WHERE ctid = ANY(ARRAY(SELECT address FROM held)) RETURNING *
               ),
               folded AS (
                   INSERT INTO jobnik_job_counts
                   SELECT sum(pending), sum(in_progress), sum(paused), sum(completed), sum(failed), sum(aborted) FROM taken
                   HAVING count(*) > 0
               )
               SELECT count(*) AS "rows!" FROM taken"#
        );
        let stages = deadline(stages.fetch_one(&self.db.pool)).await?;
        let jobs = deadline(jobs.fetch_one(&self.db.pool)).await?;
        Ok(usize::try_from(stages + jobs).unwrap_or_default())
    }
}
