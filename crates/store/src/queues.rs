//! `GET /v1/queues`, `GET /v1/queues/{type}`, `PATCH /v1/queues/{type}`.

use std::time::Duration;

use windlass_domain::TypeName;

use crate::error::Resource;
use crate::transaction::deadline;
use crate::view::Queue;
use crate::{Error, Store};

/// How long a PATCH waits for dequeues that began before it: each is a few milliseconds, and has ended when its statement's time is over.
const SETTLING: Duration = Duration::from_secs(7);

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
        let patch = sqlx::query!(
            "INSERT INTO queues AS q (type, paused, max_running) VALUES ($1, coalesce($2, false), $4)
               ON CONFLICT (type) DO UPDATE SET
                   paused = coalesce($2, q.paused), max_running = CASE WHEN $3 THEN $4 ELSE q.max_running END",
            type_name.as_str(),
            paused,
            max_running.is_some(),
            max_running.flatten(),
        );
        deadline(async { Ok(patch.execute(&self.pool).await.map(drop)?) }).await?;
        self.outwait_older().await?;
        let queue = self.queue(type_name).await?;
        if !queue.paused && queue.queued > 0 {
            (self.ready)(type_name.as_str(), usize::try_from(queue.queued).unwrap_or(0));
        }
        Ok(queue)
    }

    /// Dequeues that began before the patch may not see it: they are let finish before it answers, so that nothing they hand out comes after.
    /// One is under way while it has a snapshot, or a transaction id: the latter alone while its commit reaches the disk. Of other
    /// transactions, which may hold theirs for long, none is waited for.
    async fn outwait_older(&self) -> Result<(), Error> {
        let patched = deadline(async {
            Ok(sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(&self.pool).await?)
        });
        let patched = patched.await?;
        let outwait = async {
            loop {
                let older = sqlx::query_scalar!(
                    r#"SELECT EXISTS (
                         SELECT FROM pg_stat_activity
                         WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start <= $1
                           AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
                           AND (query LIKE '-- See dequeue.rs%' OR query = 'COMMIT')
                     ) AS "older!""#,
                    patched,
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
                              (
                                  SELECT greatest(t.created_at, t.run_at, j.opened_at, j.run_at) AS since
                                  FROM jobs j
                                  CROSS JOIN LATERAL (
                                      SELECT t.created_at, t.run_at FROM tasks t
                                      WHERE t.job_id = j.id AND t.state = 'queued' AND t.position > j.head
                                      ORDER BY t.position LIMIT 1
                                  ) t
                                  WHERE j.type = q.type AND j.priority = priority.rank AND j.dispatchable AND NOT q.paused
                                  ORDER BY j.opened_position LIMIT 1
                              )
                              UNION ALL
                              -- What is left over has waited since its job opened again.
                              (
                                  SELECT greatest(j.opened_at, j.run_at)
                                  FROM jobs j
                                  WHERE j.type = q.type AND j.priority = priority.rank AND j.left_over > 0 AND j.queued = 0
                                    AND j.state IN ('queued', 'running') AND NOT j.paused AND NOT j.pipeline_paused AND j.due
                                    AND NOT q.paused
                                  ORDER BY j.opened_position LIMIT 1
                              )
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
