//! `GET /v1/workers`: who asked for tasks lately.
//!
//! A dequeue only notes its worker in memory; a background loop writes the notes in bulk. A crash loses a second of them.

use std::sync::PoisonError;

use windlass_domain::{TypeName, WorkerId};

use crate::db::deadline;
use crate::seen_worker::SeenWorker;
use crate::view::Worker;
use crate::{Error, Store};

impl Store {
    /// Notes that a worker asked for these types.
    pub(crate) fn see_worker(&self, worker: &WorkerId, types: &[TypeName]) {
        let mut seen = self.memory.workers_seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(worker.to_string()).or_default().asks(types);
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
        let mut seen: Vec<(String, SeenWorker)> = seen.into_iter().collect();
        seen.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let pairs = seen.iter().flat_map(|(id, worker)| worker.all().into_iter().map(move |name| (name, id)));
        let (asked, by): (Vec<String>, Vec<String>) =
            pairs.map(|(name, id)| (name.to_owned(), id.clone())).unzip();
        let last = seen.iter().flat_map(|(id, worker)| worker.last().iter().map(move |name| (id, name)));
        let (ids, types): (Vec<String>, Vec<String>) =
            last.map(|(id, name)| (id.clone(), name.clone())).unzip();
        let write = sqlx::query_file!("src/workers_seen.sql", &ids, &types, &asked, &by);
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
