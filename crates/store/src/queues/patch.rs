//! `PATCH /v1/queues/{type}`.

use std::time::Duration;

use windlass_domain::{Reason, TypeName};

use crate::db::deadline;
use crate::events::{Actor, Event};
use crate::view::Queue;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// How long a PATCH waits for dequeues that began before it. Each takes a few milliseconds, and its statement is cut off after 6 s.
const SETTLING: Duration = Duration::from_secs(7);

/// What to change of a queue; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct QueueChange {
    /// Whether nothing of the type is handed out.
    pub paused: Option<bool>,
    /// How many may run at once; `Some(None)` lifts the limit.
    pub max_running: Option<Option<i32>>,
    /// Why.
    pub reason: Option<Reason>,
}

impl Store {
    /// Pauses or resumes a queue, sets or lifts its limit. A type not seen before may be set ahead of its first job.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn patch_queue(&self, type_name: &TypeName, change: &QueueChange) -> Result<Queue, Error> {
        transact!(self, work => patch(&mut work, type_name.as_str(), change).await).await?;
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

async fn patch(work: &mut Work, type_name: &str, change: &QueueChange) -> Result<(), Interrupt> {
    // Makes the row or locks it, and says what it was.
    let before = sqlx::query!(
        "INSERT INTO queues (type) VALUES ($1)
         ON CONFLICT (type) DO UPDATE SET type = excluded.type RETURNING paused, max_running",
        type_name,
    )
    .fetch_one(work.sql())
    .await?;
    let paused = change.paused.filter(|paused| *paused != before.paused);
    let max_running = change.max_running.filter(|limit| *limit != before.max_running);
    write(work, type_name, paused, max_running, change.reason.as_ref()).await?;
    let paused = paused.map(|paused| if paused { "paused" } else { "resumed" });
    for flag in paused.into_iter().chain(max_running.map(|_| "max_running")) {
        let event = Event::queue(type_name, flag, Actor::Caller(work.caller));
        work.effects.events.push(event.because(change.reason.as_ref().map(Reason::to_string)));
    }
    Ok(())
}

/// Writes what is to change. The reason is shown while the queue is paused.
#[expect(clippy::option_option, reason = "stays, lifted, or set")]
async fn write(
    work: &mut Work,
    type_name: &str,
    paused: Option<bool>,
    max_running: Option<Option<i32>>,
    reason: Option<&Reason>,
) -> Result<(), sqlx::Error> {
    if paused.is_none() && max_running.is_none() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE queues SET
             paused = coalesce($2, paused),
             reason = CASE WHEN $2 THEN $5 WHEN $2 IS NULL THEN reason END,
             paused_by = CASE WHEN $2 THEN $6 WHEN $2 IS NULL THEN paused_by END,
             paused_at = CASE WHEN $2 THEN windlass_now() WHEN $2 IS NULL THEN paused_at END,
             paused_caller = CASE WHEN $2 THEN windlass_caller($7, $8) WHEN $2 IS NULL THEN paused_caller END,
             max_running = CASE WHEN $3 THEN $4 ELSE max_running END
         WHERE type = $1",
        type_name,
        paused,
        max_running.is_some(),
        max_running.flatten(),
        reason.map(Reason::as_str),
        Actor::Caller(work.caller).as_str(),
        work.caller.key,
        work.caller.name,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
