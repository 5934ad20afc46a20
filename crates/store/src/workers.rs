//! `GET /v1/workers`: who asked for tasks lately.
//!
//! A dequeue only notes its worker in memory; a background loop writes the notes in bulk. A crash loses a second of them.

use std::sync::PoisonError;

use windlass_domain::{TypeName, WorkerId};

use crate::db::deadline;
use crate::view::Worker;
use crate::{Error, Store};

impl Store {
    /// Notes that a worker asked for these types.
    pub(crate) fn see_worker(&self, worker: &WorkerId, types: &[TypeName]) {
        let types = types.iter().map(TypeName::to_string).collect();
        self.memory
            .workers_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(worker.to_string(), types);
    }

    /// Writes the notes.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; the notes are lost then, and the workers' next dequeues make new ones.
    pub async fn flush_workers(&self) -> Result<(), Error> {
        let seen =
            std::mem::take(&mut *self.memory.workers_seen.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.is_empty() {
            return Ok(());
        }
        let mut seen: Vec<(String, Vec<String>)> = seen.into_iter().collect();
        seen.sort_unstable();
        let (ids, types): (Vec<String>, Vec<String>) =
            seen.into_iter().map(|(id, types)| (id, types.join(" "))).unzip();
        let write = sqlx::query!(
            "INSERT INTO workers (id, types, last_seen_at)
             SELECT id, string_to_array(types, ' '), windlass_now() FROM unnest($1::text[], $2::text[]) AS w (id, types)
             ON CONFLICT (id) DO UPDATE SET types = excluded.types, last_seen_at = excluded.last_seen_at",
            &ids,
            &types,
        );
        Ok(deadline(write.execute(&self.db.pool)).await.map(drop)?)
    }

    /// Workers seen in the last 5 minutes, by id.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn workers(&self) -> Result<Vec<Worker>, Error> {
        self.flush_workers().await?;
        let workers = sqlx::query_as!(
            Worker,
            r#"SELECT w.id, w.types, coalesce(l.running, 0) AS "running!", w.last_seen_at
               FROM workers w
               LEFT JOIN (SELECT worker_id, count(*) AS running FROM leases GROUP BY worker_id) l ON l.worker_id = w.id
               WHERE w.last_seen_at > windlass_now() - interval '5 minutes'
               ORDER BY w.id"#
        );
        Ok(deadline(workers.fetch_all(&self.db.pool)).await?)
    }
}
