//! Partitions: makes those of the coming days for the tables that are partitioned by time.

use crate::db::deadline;
use crate::{Error, Store};

/// Days ahead: a server that is down for less loses nothing, and even then the default partition catches all.
const DAYS: i32 = 7;
/// The same of outcomes, of which each partition has a week.
const WEEKS: i32 = 2;

impl Store {
    /// Makes the partitions of the coming days, where they are missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn create_partitions(&self) -> Result<(), Error> {
        let made = sqlx::query_scalar!("SELECT windlass_create_partitions($1)", DAYS);
        deadline(made.fetch_one(&self.db.pool)).await.map(drop)?;
        let of_outcomes = sqlx::query_scalar!("SELECT windlass_create_outcome_partitions($1)", WEEKS);
        Ok(deadline(of_outcomes.fetch_one(&self.db.pool)).await.map(drop)?)
    }
}
