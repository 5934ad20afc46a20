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

    /// Tasks that run, have lost two leases, and are among the first 500 in their third attempt or a later one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn lost_tasks(&self) -> Result<Vec<LostTask>, Error> {
        let lost = sqlx::query_as!(
            LostTask,
            r#"SELECT l.task_id AS id, l.type AS type_name, o.lost AS "lost!"
               FROM (
                   SELECT * FROM (SELECT * FROM leases ORDER BY due_at LIMIT 10000) running WHERE attempt >= 3 LIMIT 500
               ) l
               CROSS JOIN LATERAL (
                   SELECT count(*) AS lost FROM task_outcomes WHERE task_id = l.task_id AND category = 'lease_expired'
               ) o
               WHERE o.lost >= 2 ORDER BY o.lost DESC, l.task_id LIMIT 20"#,
        );
        Ok(deadline(lost.fetch_all(&self.db.pool)).await?)
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
