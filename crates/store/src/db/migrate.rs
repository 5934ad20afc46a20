//! Brings the schema up to date, or checks that it is.
//!
//! A later version's migrations may be there already, as after a roll-back. They are passed over where they say that this version can work
//! on what they made (`compatible_migrations`); one that says nothing ends the start.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, PgConnection, Row};

use super::connect::{ConnectError, Db};
use super::hosts::address;
use super::pooler::Pooler;

/// Migrations that an older version knows nothing of do not concern it, once they were found to be compatible.
static MIGRATIONS: Migrator = {
    let mut migrations = sqlx::migrate!("../../migrations");
    migrations.ignore_missing = true;
    // The lock is held by whoever runs them: the driver would wait for it without a bound, and silently.
    migrations.locking = false;
    migrations
};

/// What a migration found and left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The newest migration that was there before; `None`: the database was empty.
    pub from: Option<i64>,
    /// The newest one that is there now.
    pub to: Option<i64>,
    /// How many were carried out.
    pub applied: usize,
}

impl Db {
    /// Brings the schema up to date. Servers that start at once wait for each other on an advisory lock.
    ///
    /// # Errors
    /// [`ConnectError::Migrate`], [`ConnectError::TooNew`], [`ConnectError::Locked`], [`ConnectError::Pooled`].
    pub(crate) async fn migrate(&self) -> Result<Migrated, ConnectError> {
        if self.pooler == Pooler::Transaction {
            // The lock and the settings are a session's.
            return Err(ConnectError::Pooled { address: address(&self.options()) });
        }
        let mut connection = self.migrating().await?;
        self.lock_migrations(&mut connection).await?;
        self.check_newer(&mut connection).await?;
        let before = self.applied(&mut connection).await?;
        let run = async {
            sqlx::raw_sql(self.texts.make.clone()).execute(&mut connection).await?;
            MIGRATIONS.run(&mut connection).await?;
            // Before the first row is written: a server that was down for long would write into the default partitions.
            sqlx::query("SELECT windlass_create_partitions(7)").execute(&mut connection).await?;
            Ok(())
        };
        run.await.map_err(|source| self.failed(source))?;
        let after = self.applied(&mut connection).await?;
        // The lock goes with the connection.
        connection.close().await.map_err(|source| self.failed(source.into()))?;
        let newest = |applied: &[(i64, String)]| applied.last().map(|(version, _)| *version);
        let applied = after.len().saturating_sub(before.len());
        Ok(Migrated { from: newest(&before), to: newest(&after), applied })
    }

    /// Checks that the schema is one that this version works on, and changes nothing.
    ///
    /// # Errors
    /// [`ConnectError::Outdated`], [`ConnectError::TooNew`].
    pub(crate) async fn check_schema(&self) -> Result<(), ConnectError> {
        let mut connection = self.looking().await?;
        let applied = self.applied(&mut connection).await?;
        let missing =
            MIGRATIONS.iter().find(|known| !applied.iter().any(|(version, _)| *version == known.version));
        if let Some(missing) = missing {
            return Err(ConnectError::Outdated {
                address: address(&self.options()),
                version: missing.version,
                description: missing.description.to_string(),
            });
        }
        self.check_newer(&mut connection).await?;
        self.looked(connection).await
    }

    /// Makes the schema of an empty database; any other is only checked.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate) and [`check_schema`](Self::check_schema).
    pub(crate) async fn migrate_if_empty(&self) -> Result<(), ConnectError> {
        let mut connection = self.looking().await?;
        let is_empty = self.applied(&mut connection).await?.is_empty();
        self.looked(connection).await?;
        if is_empty { self.migrate().await.map(drop) } else { self.check_schema().await }
    }

    /// A connection of its own: the pool's are bound to statement and lock timeouts that a migration may exceed.
    async fn migrating(&self) -> Result<PgConnection, ConnectError> {
        let connect = async {
            let mut connection = PgConnection::connect_with(&self.options()).await?;
            sqlx::raw_sql(self.texts.migrating.clone()).execute(&mut connection).await?;
            Ok(connection)
        };
        connect.await.map_err(|source: sqlx::Error| self.failed(source.into()))
    }

    /// A connection with a transaction to look at the schema in.
    async fn looking(&self) -> Result<PgConnection, ConnectError> {
        let connect = async {
            let mut connection = PgConnection::connect_with(&self.options()).await?;
            sqlx::raw_sql(self.texts.look.clone()).execute(&mut connection).await?;
            Ok(connection)
        };
        connect.await.map_err(|source: sqlx::Error| self.failed(source.into()))
    }

    async fn looked(&self, mut connection: PgConnection) -> Result<(), ConnectError> {
        let end = async {
            sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
            connection.close().await
        };
        end.await.map_err(|source: sqlx::Error| self.failed(source.into()))
    }

    pub(super) fn failed(&self, source: MigrateError) -> ConnectError {
        ConnectError::Migrate { address: address(&self.options()), source }
    }

    /// Versions and names of the migrations that the database has, in order. Read without prepared statements, which a pooler may lose.
    async fn applied(&self, connection: &mut PgConnection) -> Result<Vec<(i64, String)>, ConnectError> {
        let read = async {
            let exists = sqlx::raw_sql("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
            if !exists.fetch_one(&mut *connection).await?.try_get::<bool, _>(0)? {
                return Ok(Vec::new());
            }
            let applied = sqlx::raw_sql("SELECT version, description FROM _sqlx_migrations ORDER BY version");
            let applied = applied.fetch_all(connection).await?;
            applied.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        };
        read.await.map_err(|source: sqlx::Error| self.failed(source.into()))
    }

    /// Checks that this version can work on what later ones made.
    async fn check_newer(&self, connection: &mut PgConnection) -> Result<(), ConnectError> {
        let newest = MIGRATIONS.iter().map(|known| known.version).max().unwrap_or_default();
        let later = self.applied(connection).await?.into_iter().filter(|(version, _)| *version > newest);
        let later: Vec<_> = later.collect();
        if later.is_empty() {
            return Ok(());
        }
        let compatible = compatible(connection, newest).await.map_err(|source| self.failed(source.into()))?;
        match later.into_iter().find(|(version, _)| !compatible.contains(version)) {
            None => Ok(()),
            Some((version, description)) => {
                Err(ConnectError::TooNew { address: address(&self.options()), version, description, newest })
            }
        }
    }
}

/// Migrations on which a server can work whose newest is this one.
async fn compatible(connection: &mut PgConnection, newest: i64) -> Result<Vec<i64>, sqlx::Error> {
    let marks = sqlx::raw_sql("SELECT version, compatible_from FROM compatible_migrations");
    let marks = marks.fetch_all(connection).await?;
    let marks: Vec<(i64, i64)> =
        marks.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
    Ok(marks.into_iter().filter(|(_, from)| *from <= newest).map(|(version, _)| version).collect())
}
