//! Brings the schema up to date.

use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::{Connection, PgConnection};

use super::connect::{ConnectError, Db, address};

/// The advisory lock of who migrates.
const LOCK: i64 = 0x7769_6e64_6c61_7373;
/// How often who waits for it asks.
const ASKED_EVERY: Duration = Duration::from_millis(100);

impl Db {
    /// Brings the schema up to date. Servers that start at once wait for each other on an advisory lock.
    ///
    /// # Errors
    /// [`ConnectError::Migrate`].
    pub(crate) async fn migrate(&self) -> Result<(), ConnectError> {
        let failed =
            |source| ConnectError::Migrate { address: address(&self.options()), source };
        self.run_migrations().await.map_err(failed)
    }

    async fn run_migrations(&self) -> Result<(), MigrateError> {
        // A connection of its own: the pool's are bound to statement and lock timeouts that a migration may exceed.
        let mut connection = PgConnection::connect_with(&self.options()).await?;
        wait_to_migrate(&mut connection).await?;
        sqlx::migrate!("../../migrations").run(&mut connection).await?;
        // Before the first row is written: a server that was down for long would write into the default partitions.
        sqlx::query("SELECT windlass_create_partitions(7)").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}

/// Takes the lock, which ends with the connection. A statement that waits for it would hold a snapshot, for whose end an index that
/// is made CONCURRENTLY waits: a deadlock. So it is asked for again and again.
async fn wait_to_migrate(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut ask = tokio::time::interval(ASKED_EVERY);
    loop {
        ask.tick().await;
        let ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut *connection)
            .await?;
        if ours {
            return Ok(());
        }
    }
}
