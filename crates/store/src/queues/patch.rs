//! `PATCH /v1/queues/{type}`.

use std::time::Duration;

use windlass_domain::TypeName;

use crate::db::deadline;
use crate::view::Queue;
use crate::{Error, Store};

/// How long a PATCH waits for dequeues that began before it: each is a few milliseconds, and has ended when its statement's time is over.
const SETTLING: Duration = Duration::from_secs(7);

impl Store {
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
        deadline(patch.execute(&self.db.pool)).await.map(drop)?;
        self.outwait_older().await?;
        let queue = self.queue(type_name).await?;
        if !queue.paused && queue.queued > 0 {
            (self.observers.ready)(type_name.as_str(), usize::try_from(queue.queued).unwrap_or(0));
        }
        Ok(queue)
    }

    /// Dequeues that began before the patch may not see it: they are let finish before it answers, so that nothing they hand out comes after.
    /// One is under way while it has a snapshot, or a transaction id: the latter alone while its commit reaches the disk. Of other
    /// transactions, which may hold theirs for long, none is waited for.
    async fn outwait_older(&self) -> Result<(), Error> {
        let patched = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#);
        let patched = deadline(patched.fetch_one(&self.db.pool)).await?;
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
                if !older.fetch_one(&self.db.pool).await? {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(SETTLING, outwait).await.unwrap_or(Ok(()))
    }
}
