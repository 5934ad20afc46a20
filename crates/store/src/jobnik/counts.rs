//! What `/jobnik/service-metrics` shows: sums of counters, which triggers move with each change of a stage or a job (migrations 0088 and 0089). Nothing
//! is counted, however much there is.

use windlass_domain::Priority;

use crate::db::deadline;
use crate::{Error, Store};

/// Tasks of one type, priority and status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobnikCount {
    /// The stages' type.
    pub type_name: String,
    /// The jobs' priority.
    pub priority: Priority,
    /// How many are in each status: PENDING, `IN_PROGRESS`, COMPLETED, FAILED, RETRIED.
    pub tasks: [i64; 5],
    /// How many stages there are in each status: CREATED, WAITING, PENDING, `IN_PROGRESS`, COMPLETED, FAILED, ABORTED.
    pub stages: [i64; 7],
}

/// What there is of this surface.
#[derive(Debug, Clone, Default)]
pub struct JobnikCounts {
    /// By type and priority.
    pub by_type: Vec<JobnikCount>,
    /// Jobs in each status: PENDING, `IN_PROGRESS`, PAUSED, COMPLETED, FAILED, ABORTED.
    pub jobs: [i64; 6],
}

impl Store {
    /// Counts what was made by Jobnik's surface.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    ///
    /// # Panics
    /// Never: a CHECK holds priorities to the known ranks.
    pub async fn jobnik_counts(&self) -> Result<JobnikCounts, Error> {
        let rows = sqlx::query!(
            r#"SELECT type AS type_name, priority, sum(pending)::bigint AS "pending!", sum(in_progress)::bigint AS "in_progress!",
                      sum(completed)::bigint AS "completed!", sum(failed)::bigint AS "failed!", sum(retried)::bigint AS "retried!",
                      sum(created_stages)::bigint AS "created_stages!", sum(waiting_stages)::bigint AS "waiting_stages!",
                      sum(pending_stages)::bigint AS "pending_stages!", sum(running_stages)::bigint AS "running_stages!",
                      sum(completed_stages)::bigint AS "completed_stages!", sum(failed_stages)::bigint AS "failed_stages!",
                      sum(aborted_stages)::bigint AS "aborted_stages!"
               FROM jobnik_counts GROUP BY type, priority
               -- Of a type that is gone nothing is left.
               HAVING sum(created_stages + waiting_stages + pending_stages + running_stages + completed_stages + failed_stages + aborted_stages) > 0
               ORDER BY type, priority"#
        );
        let rows = deadline(rows.fetch_all(&self.db.pool)).await?;
        let by_type = rows.into_iter().map(|row| JobnikCount {
            type_name: row.type_name,
            priority: Priority::from_rank(row.priority).expect("a CHECK holds priorities to the known ranks"),
            tasks: [row.pending, row.in_progress, row.completed, row.failed, row.retried],
            stages: [
                row.created_stages,
                row.waiting_stages,
                row.pending_stages,
                row.running_stages,
                row.completed_stages,
                row.failed_stages,
                row.aborted_stages,
            ],
        });
        Ok(JobnikCounts { by_type: by_type.collect(), jobs: self.count_jobnik_jobs().await? })
    }

    async fn count_jobnik_jobs(&self) -> Result<[i64; 6], Error> {
        let row = sqlx::query!(
            r#"SELECT coalesce(sum(pending), 0)::bigint AS "pending!", coalesce(sum(in_progress), 0)::bigint AS "in_progress!",
                      coalesce(sum(paused), 0)::bigint AS "paused!", coalesce(sum(completed), 0)::bigint AS "completed!",
                      coalesce(sum(failed), 0)::bigint AS "failed!", coalesce(sum(aborted), 0)::bigint AS "aborted!"
               FROM jobnik_job_counts"#
        );
        let row = deadline(row.fetch_one(&self.db.pool)).await?;
        Ok([row.pending, row.in_progress, row.paused, row.completed, row.failed, row.aborted])
    }
}
