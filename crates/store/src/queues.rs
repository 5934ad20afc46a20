//! `GET /v1/queues`, `GET /v1/queues/{type}`, `PATCH /v1/queues/{type}`.

use std::time::Duration;

use windlass_domain::TypeName;

use crate::error::Resource;
use crate::transaction::deadline;
use crate::view::Queue;
use crate::{Error, Store};

/// How long a PATCH waits for dequeues that began before it; each is a few milliseconds.
const SETTLING: Duration = Duration::from_millis(500);

impl Store {
    /// Every queue, by type.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn queues(&self) -> Result<Vec<Queue>, Error> {
        self.read_queues(None).await
    }

    /// One queue.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn queue(&self, type_name: &TypeName) -> Result<Queue, Error> {
        self.read_queues(Some(type_name.as_str())).await?.pop().ok_or(Error::NotFound(Resource::Queue))
    }

    /// Pauses or resumes a queue, sets or lifts (`Some(None)`) its limit. A type not seen before may be set ahead of its first job.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn patch_queue(
        &self,
        type_name: &TypeName,
        paused: Option<bool>,
        max_running: Option<Option<i32>>,
    ) -> Result<Queue, Error> {
        let patch = sqlx::query_scalar!(
            r#"INSERT INTO queues AS q (type, paused, max_running) VALUES ($1, coalesce($2, false), $4)
               ON CONFLICT (type) DO UPDATE SET
                   paused = coalesce($2, q.paused), max_running = CASE WHEN $3 THEN $4 ELSE q.max_running END
               RETURNING pg_current_xact_id()::text AS "xid!""#,
            type_name.as_str(),
            paused,
            max_running.is_some(),
            max_running.flatten(),
        );
        let xid = deadline(async { Ok(patch.fetch_one(&self.pool).await?) }).await?;
        self.outwait_older(&xid).await?;
        let queue = self.queue(type_name).await?;
        if !queue.paused && queue.queued > 0 {
            (self.ready)(type_name.as_str(), usize::try_from(queue.queued).unwrap_or(0));
        }
        Ok(queue)
    }

    /// Dequeues whose snapshot predates the patch do not see it: they are let finish before it answers, so that nothing they hand out comes
    /// after. A snapshot held for long by somebody else is not waited for.
    async fn outwait_older(&self, xid: &str) -> Result<(), Error> {
        let outwait = async {
            loop {
                let older = sqlx::query_scalar!(
                    r#"SELECT EXISTS (
                         SELECT FROM pg_stat_activity
                         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
                           AND backend_xmin IS NOT NULL AND age(backend_xmin) > age(($1::text::xid8)::xid)
                     ) AS "older!""#,
                    xid,
                );
                if !older.fetch_one(&self.pool).await? {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(SETTLING, outwait).await.unwrap_or(Ok(()))
    }

    async fn read_queues(&self, type_name: Option<&str>) -> Result<Vec<Queue>, Error> {
        let queues = sqlx::query_as!(
            Queue,
            r#"SELECT q.type AS type_name, q.paused, q.max_running,
                      coalesce(sum(c.queued), 0)::bigint AS "queued!", coalesce(sum(c.scheduled), 0)::bigint AS "scheduled!",
                      coalesce(sum(c.running), 0)::bigint AS "running!", (
                          SELECT max(extract(epoch FROM windlass_now() - first.since))::float8
                          FROM generate_series(0, 4) AS priority (rank)
                          CROSS JOIN LATERAL (
                              SELECT greatest(t.created_at, t.run_at, j.opened_at, j.run_at) AS since
                              FROM jobs j
                              CROSS JOIN LATERAL (
                                  SELECT t.created_at, t.run_at FROM tasks t
                                  WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                                  ORDER BY t.position LIMIT 1
                              ) t
                              WHERE j.type = q.type AND j.priority = priority.rank AND j.dispatchable AND NOT q.paused
                              ORDER BY j.opened_position LIMIT 1
                          ) first
                      ) AS oldest_queued_seconds
               FROM queues q LEFT JOIN queue_counts c ON c.type = q.type
               WHERE $1::text IS NULL OR q.type = $1
               GROUP BY q.type
               ORDER BY q.type"#,
            type_name,
        );
        deadline(async { Ok(queues.fetch_all(&self.pool).await?) }).await
    }
}
