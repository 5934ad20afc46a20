//! Writes down when keys were last used, for many at once.

use std::time::Duration;

use windlass_domain::seconds;

use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Notes of each key, by its number, how long ago it was last used. What is known of a later use stays.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_keys_used(&self, used: &[(i32, Duration)]) -> Result<(), Error> {
        let (numbers, ago): (Vec<i32>, Vec<f64>) =
            used.iter().map(|(number, ago)| (*number, seconds(*ago))).unzip();
        // In the order of their numbers, so that two servers wait for each other at the most.
        let note = sqlx::query_file!("src/keys/note_used.sql", &numbers, &ago);
        Ok(deadline(note.execute(&self.db.pool)).await.map(drop)?)
    }
}
