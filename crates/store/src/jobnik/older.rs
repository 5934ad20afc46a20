//! Whether a server runs on the database that does not know this surface: it would misread what is made here, so nothing is made then.

use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// The version of such a server that was seen in the last 30 s; `None`: there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn server_without_jobnik(&self) -> Result<Option<String>, Error> {
        let found = sqlx::query_scalar!(
            "SELECT version FROM servers WHERE knows_jobnik IS NOT TRUE AND seen_at > windlass_now() - interval '30 seconds' LIMIT 1"
        );
        Ok(deadline(found.fetch_optional(&self.db.pool)).await?)
    }
}
