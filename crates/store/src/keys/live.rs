//! Which keys there are, for a server that starts.

use crate::db::deadline;
use crate::{Error, Store};

/// Which keys are live: neither revoked nor expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveKeys {
    /// Whether there is any.
    pub any: bool,
    /// Whether one of them may do everything.
    pub admin: bool,
}

impl Store {
    /// Which keys are live.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn live_keys(&self) -> Result<LiveKeys, Error> {
        let live = sqlx::query_as!(
            LiveKeys,
            r#"SELECT EXISTS (
                 SELECT FROM keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > windlass_now())
             ) AS "any!", EXISTS (
                 SELECT FROM keys
                 WHERE 'admin' = ANY(scopes) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > windlass_now())
             ) AS "admin!""#
        );
        Ok(deadline(live.fetch_one(&self.db.pool)).await?)
    }
}
