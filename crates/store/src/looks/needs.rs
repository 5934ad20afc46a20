//! What needs a person and is not paused: at most 20 of each kind, looked for among a bounded number.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::deadline;
use crate::{Error, Store};

/// A job that takes more tasks and has none that waits or runs, for an hour at least.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct IdleJob {
    pub id: Uuid,
    pub key: String,
    pub opened_at: DateTime<Utc>,
}

/// A task whose workers lost two leases or more.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct LostTask {
    pub id: Uuid,
    pub type_name: String,
    pub lost: i64,
}

/// A schedule that has not run well since a run of it failed.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct FailedSchedule {
    pub name: String,
    /// For when the run was due.
    pub failed_at: DateTime<Utc>,
}

impl Store {
    /// Idle jobs among the 10,000 unsealed ones that opened first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn idle_jobs(&self) -> Result<Vec<IdleJob>, Error> {
        let idle = sqlx::query_as!(
            IdleJob,
            r#"SELECT j.id, j.key, j.opened_at AS "opened_at!" FROM (
                 SELECT * FROM jobs
                 WHERE NOT sealed AND ended_at IS NULL AND opened_at <= windlass_now() - interval '1 hour'
                 ORDER BY opened_at LIMIT 10000
               ) j
               WHERE j.queued + j.left_over + j.scheduled + j.running = 0 ORDER BY j.opened_at LIMIT 20"#,
        );
        Ok(deadline(idle.fetch_all(&self.db.pool)).await?)
    }

    /// Tasks that go on, or failed in the last 24 hours, and have lost two leases: among the newest 2,000 that lost one in their second attempt or later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn lost_tasks(&self) -> Result<Vec<LostTask>, Error> {
        let lost = sqlx::query_as!(
            LostTask,
            r#"SELECT t.id, j.type AS type_name, o.lost AS "lost!"
               FROM (
                   SELECT DISTINCT task_id FROM (
                       SELECT task_id FROM task_outcomes WHERE category = 'lease_expired' AND attempt >= 2
                       ORDER BY task_id DESC, attempt DESC LIMIT 2000
                   ) newest
               ) l
               JOIN tasks t ON t.id = l.task_id
               JOIN jobs j ON j.id = t.job_id
               CROSS JOIN LATERAL (
                   SELECT count(*) AS lost FROM task_outcomes WHERE task_id = t.id AND category = 'lease_expired'
               ) o
               WHERE o.lost >= 2
                 AND (t.ended_at IS NULL AND j.ended_at IS NULL OR t.state = 'failed' AND t.ended_at > windlass_now() - interval '24 hours')
               ORDER BY o.lost DESC, t.id LIMIT 20"#,
        );
        Ok(deadline(lost.fetch_all(&self.db.pool)).await?)
    }

    /// Schedules whose last run failed, not counting those that were skipped or missed since: in the last 24 hours, among the newest 1,000 failures.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn failed_schedules(&self) -> Result<Vec<FailedSchedule>, Error> {
        let failed = sqlx::query_as!(
            FailedSchedule,
            r#"SELECT s.name, f.failed_at AS "failed_at!" FROM (
                   SELECT schedule_id, schedule, max(number) AS number, max(scheduled_at) AS failed_at FROM (
                       SELECT schedule_id, schedule, number, scheduled_at FROM schedule_runs WHERE outcome = 'failed'
                       ORDER BY number DESC LIMIT 1000
                   ) newest
                   WHERE scheduled_at > windlass_now() - interval '24 hours' GROUP BY schedule_id, schedule
               ) f
               JOIN schedules s ON s.name = f.schedule AND s.id = f.schedule_id
               WHERE NOT EXISTS (
                   SELECT FROM schedule_runs r
                   WHERE r.schedule_id = f.schedule_id AND r.number > f.number AND r.outcome IN ('created', 'triggered')
               )
               ORDER BY f.number DESC LIMIT 20"#,
        );
        Ok(deadline(failed.fetch_all(&self.db.pool)).await?)
    }

    /// How many pipelines ended in this state in the last 24 hours, 10,000 at the most.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn count_ended(&self, state: &str) -> Result<i64, Error> {
        let ended = sqlx::query_scalar!(
            r#"SELECT count(*) AS "ended!" FROM (
                 SELECT FROM pipelines
                 WHERE state = $1 AND ended_at IS NOT NULL AND deleted_at IS NULL AND ended_at > windlass_now() - interval '24 hours'
                 LIMIT 10000
               ) ended"#,
            state,
        );
        Ok(deadline(ended.fetch_one(&self.db.pool)).await?)
    }
}
