//! What changes without an event of the audit, as numbers that tell that it has.

use crate::db::deadline;
use crate::{Error, Store};

/// Two of them that differ tell that something has come between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// The last number that was drawn for an outcome, 0 before the first; its row may not be there yet.
    pub outcomes: i64,
    /// How many workers were seen in the last 5 minutes.
    pub workers: i64,
    /// A hash of what attempts of deliveries have come to.
    pub deliveries: i64,
}

impl Store {
    /// What they are now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn signs(&self) -> Result<Signs, Error> {
        let signs = sqlx::query_as!(
            Signs,
            r#"SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outcome_numbers) AS "outcomes!",
                   (SELECT count(*) FROM workers WHERE last_seen_at > windlass_now() - interval '5 minutes') AS "workers!",
                   (SELECT hashtextextended(concat_ws(' ', sum(pending), sum(kept), sum(overflowed), sum(failures), max(last_delivered_at)), 0)
                    FROM webhook_progress) AS "deliveries!""#
        );
        Ok(deadline(signs.fetch_one(&self.db.pool)).await?)
    }
}
