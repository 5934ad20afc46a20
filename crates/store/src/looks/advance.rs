//! How far a bulk verb has come, or what it answered.

use crate::db::deadline;
use crate::idempotency::IdempotencyKey;
use crate::{Caller, Error, Store};

/// What is known of a bulk verb under an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkAdvance {
    /// It has seen to so many pipelines of so many.
    UnderWay {
        /// Those that it has seen to.
        done: u64,
        /// All.
        matched: u64,
    },
    /// It has ended with this answer.
    Ended {
        /// Its method and path.
        scope: String,
        /// The body of its answer.
        answer: String,
    },
}

impl Store {
    /// What is known of the bulk verb, one with these methods and paths, that this caller began under a key within the last day.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn bulk_advance(
        &self,
        caller: Caller,
        scopes: &[String],
        key: &str,
    ) -> Result<Option<BulkAdvance>, Error> {
        let key = IdempotencyKey::new(caller, String::new(), key.to_owned(), [0; 32]).key;
        let found = sqlx::query!(
            r#"SELECT scope AS "scope!", done AS "done!", cardinality(ids) AS "matched!", NULL AS "answer?"
               FROM bulk_claims WHERE scope = ANY($1) AND key = $2
               UNION ALL
               SELECT scope, 0, 0, response FROM idempotency_keys WHERE scope = ANY($1) AND key = $2
               LIMIT 1"#,
            scopes,
            key,
        );
        let row = deadline(found.fetch_optional(&self.db.pool)).await?;
        let number = |number: i32| u64::try_from(number).unwrap_or(0);
        Ok(row.map(|row| match row.answer {
            Some(answer) => BulkAdvance::Ended { scope: row.scope, answer },
            None => BulkAdvance::UnderWay { done: number(row.done), matched: number(row.matched) },
        }))
    }
}
