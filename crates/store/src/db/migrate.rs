//! Brings the schema up to date.

use sqlx::migrate::MigrateError;
use sqlx::{Connection, PgConnection};

use super::connect::{ConnectError, Db, address};

impl Db {
    /// Brings the schema up to date. Servers that start at once wait for each other on an advisory lock.
    ///
    /// # Errors
    /// [`ConnectError::Migrate`].
    pub(crate) async fn migrate(&self) -> Result<(), ConnectError> {
        let failed =
            |source| ConnectError::Migrate { address: address(&self.pool.connect_options()), source };
        self.run_migrations().await.map_err(failed)
    }

    async fn run_migrations(&self) -> Result<(), MigrateError> {
        // A connection of its own: the pool's are bound to statement and lock timeouts that a migration may exceed.
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        sqlx::migrate!("../../migrations").run(&mut connection).await?;
        // Before the first row is written: a server that was down for long would write into the default partitions.
        sqlx::query("SELECT windlass_create_partitions(7)").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}
