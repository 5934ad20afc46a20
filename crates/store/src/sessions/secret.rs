//! The secret by which all servers make and check forgery tokens.

use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// The secret; the first server to ask stores the one that it has `drawn`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn dashboard_secret(&self, drawn: &[u8; 32]) -> Result<Vec<u8>, Error> {
        deadline(async {
            sqlx::query!(
                "INSERT INTO dashboard_secret (secret) VALUES ($1) ON CONFLICT DO NOTHING",
                &drawn[..]
            )
            .execute(&self.db.pool)
            .await?;
            let secret = sqlx::query_scalar!("SELECT secret FROM dashboard_secret");
            Ok(secret.fetch_one(&self.db.pool).await?)
        })
        .await
    }
}
