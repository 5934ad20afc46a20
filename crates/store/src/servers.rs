//! Which servers run on the database: each writes down that it is there, so that a feature that an older one would misread can wait for its end.

use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Writes down that this server runs, and forgets those not seen for an hour.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn register_server(&self, version: &str) -> Result<(), Error> {
        let register = sqlx::query!(
            "WITH forgotten AS (DELETE FROM servers WHERE seen_at < windlass_now() - interval '1 hour' AND id <> $1)
             INSERT INTO servers (id, version, seen_at, knows_jobnik) VALUES ($1, $2, windlass_now(), true)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at, knows_jobnik = true",
            self.memory.instance,
            version,
        );
        Ok(deadline(register.execute(&self.db.pool)).await.map(drop)?)
    }

    /// Takes back that this server runs.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unregister_server(&self) -> Result<(), Error> {
        let unregister = sqlx::query!("DELETE FROM servers WHERE id = $1", self.memory.instance);
        Ok(deadline(unregister.execute(&self.db.pool)).await.map(drop)?)
    }
}
