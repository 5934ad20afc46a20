//! Looks a key up by the SHA-256 of its text: the newest one, or the one of before while they overlap.
//!
//! The first use of a text is written down before anybody is told that it is good: a rotation replaces a text that was never used, and so never takes one
//! away that somebody works with.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{AllowedType, AllowedTypes, Scope};

use super::found::FoundKey;
use crate::db::deadline;
use crate::{Error, Store};

/// A row of `find.sql`.
struct Row {
    id: Uuid,
    number: i32,
    name: String,
    scopes: Vec<String>,
    types: Option<Vec<String>>,
    max_requests_per_second: Option<i32>,
    is_first_use: bool,
    good_for: Option<f64>,
}

impl Store {
    /// The key of which this is the SHA-256 of a text, if that text is good now: known, not revoked, not expired, by the database's clock.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn find_key(&self, hash: &[u8; 32]) -> Result<Option<FoundKey>, Error> {
        deadline(async {
            let Some(row) = self.read_key(hash).await? else { return Ok(None) };
            if row.is_first_use && !self.write_first_use(row.id, hash).await? {
                // Used elsewhere at the same moment, or replaced by a rotation: the second look tells.
                return Ok(self.read_key(hash).await?.filter(|row| !row.is_first_use).map(found));
            }
            Ok(Some(found(row)))
        })
        .await
    }

    async fn read_key(&self, hash: &[u8; 32]) -> Result<Option<Row>, sqlx::Error> {
        sqlx::query_file_as!(Row, "src/keys/find.sql", &hash[..]).fetch_optional(&self.db.pool).await
    }

    /// Whether this was the first use of the text.
    async fn write_first_use(&self, id: Uuid, hash: &[u8; 32]) -> Result<bool, sqlx::Error> {
        let written = sqlx::query!(
            "UPDATE keys SET text_used_at = windlass_now(), last_used_at = windlass_now()
             WHERE id = $1 AND hash = $2 AND text_used_at IS NULL",
            id,
            &hash[..],
        );
        Ok(written.execute(&self.db.pool).await?.rows_affected() == 1)
    }
}

fn found(row: Row) -> FoundKey {
    let types = row.types.map(|types| {
        let types = types.into_iter().map(AllowedType::parse).collect::<Result<_, _>>();
        types.and_then(AllowedTypes::new).expect("only checked types are written")
    });
    FoundKey {
        id: row.id,
        number: row.number,
        name: row.name,
        scopes: row.scopes.iter().filter_map(|word| Scope::parse(word)).collect(),
        types,
        max_requests_per_second: row.max_requests_per_second.and_then(|most| u32::try_from(most).ok()),
        good_for: row.good_for.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()),
    }
}
