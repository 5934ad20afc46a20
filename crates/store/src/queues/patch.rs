//! `PATCH /v1/queues/{type}`.

use std::time::Duration;

use windlass_domain::TypeName;

use crate::db::deadline;
use crate::view::Queue;
use crate::{Error, Store};

/// How long a PATCH waits for dequeues that began before it. Each takes a few milliseconds, and its statement is cut off after 6 s.
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
        self.outwait_older_leases().await?;
        let queue = self.queue(type_name).await?;
        if !queue.paused && queue.queued > 0 {
            (self.observers.ready)(type_name.as_str(), usize::try_from(queue.queued).unwrap_or(0));
        }
        Ok(queue)
    }

    /// Waits for dequeues that began before the patch was committed: they may not see it, and nothing may be leased by them after it is answered.
    ///
    /// Postgres' own locks show which they are. A statement that writes leases locks their table before it takes its snapshot, and holds that
    /// lock until its commit is visible. So a dequeue that does not hold it now either has ended or will see the patch. Reports and heartbeats take the
    /// lock, too, for as short a time. Who only reads, as a backup does for hours, does not.
    async fn outwait_older_leases(&self) -> Result<(), Error> {
        let older = sqlx::query_scalar!(
            r#"SELECT coalesce(array_agg(virtualtransaction), '{}') AS "older!" FROM pg_locks
               WHERE locktype = 'relation' AND relation = 'leases'::regclass AND mode = 'RowExclusiveLock' AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"#,
        );
        let older = deadline(older.fetch_one(&self.db.pool)).await?;
        let outwait = async {
            while self.hold_leases(&older).await? {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(())
        };
        tokio::time::timeout(SETTLING, outwait).await.unwrap_or(Ok(()))
    }

    /// Whether one of these transactions still holds the table of leases.
    async fn hold_leases(&self, transactions: &[String]) -> Result<bool, Error> {
        if transactions.is_empty() {
            return Ok(false);
        }
        let held = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT FROM pg_locks
                 WHERE locktype = 'relation' AND relation = 'leases'::regclass AND virtualtransaction = ANY($1)
             ) AS "held!""#,
            transactions,
        );
        Ok(held.fetch_one(&self.db.pool).await?)
    }
}
