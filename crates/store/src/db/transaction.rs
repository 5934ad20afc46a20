//! One transaction on a connection of the pool, and how often it may be run again.

use chrono::{DateTime, Utc};

use super::connect::Db;
use super::fault::is_conflict;
use super::lend::Begun;
use super::statements::Session;

/// Conflicts after which a transaction gives up. Postgres resolves each in favour of somebody else, so even under load a few suffice.
const MOST_CONFLICTS: u32 = 8;

/// A transaction under way. One that is dropped is rolled back when its connection is next used or closed.
pub(crate) struct Transaction(Begun);

impl Transaction {
    pub(crate) async fn begin(db: &Db) -> Result<Self, sqlx::Error> {
        Ok(Self(db.pool.begin().await?))
    }

    /// The connection, for one statement.
    pub(crate) fn sql(&mut self) -> &mut Session {
        &mut self.0
    }

    /// The database's now.
    pub(crate) async fn now(&mut self) -> Result<DateTime<Utc>, sqlx::Error> {
        sqlx::query_scalar!(r#"SELECT windlass_now() AS "now!""#).fetch_one(self.sql()).await
    }

    /// Sets the one savepoint that it has at a time.
    pub(crate) async fn set_savepoint(&mut self) -> Result<(), sqlx::Error> {
        self.0.control("SAVEPOINT attempt").await
    }

    pub(crate) async fn release_savepoint(&mut self) -> Result<(), sqlx::Error> {
        self.0.control("RELEASE SAVEPOINT attempt").await
    }

    /// Takes back what was done since the savepoint, and the savepoint with it.
    pub(crate) async fn go_back_to_savepoint(&mut self) -> Result<(), sqlx::Error> {
        self.0.control("ROLLBACK TO SAVEPOINT attempt").await?;
        self.release_savepoint().await
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.0.commit().await
    }

    pub(crate) async fn roll_back(self) {
        // A rollback that fails leaves a broken connection, which the pool then drops.
        let _ = self.0.rollback().await;
    }
}

/// How often one transaction lost a conflict.
#[derive(Default)]
pub(crate) struct Conflicts {
    seen: u32,
}

impl Conflicts {
    /// Whether a transaction that failed like this is to be run again.
    pub(crate) fn again_after(&mut self, error: &sqlx::Error) -> bool {
        let again = is_conflict(error) && self.seen < MOST_CONFLICTS;
        if again {
            self.seen += 1;
            tracing::debug!(%error, conflicts = self.seen, "transaction conflict, trying again");
        }
        again
    }
}
