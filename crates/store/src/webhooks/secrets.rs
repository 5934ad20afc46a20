//! Secrets of webhooks, as they are kept: to be written anew under another key, and for a call that is made at once.

use uuid::Uuid;

use crate::db::deadline;
use crate::resource::Resource;
use crate::{Error, Store};

/// What is kept of a webhook's secrets. It has no `Debug`: they may be in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecrets {
    /// The webhook.
    pub webhook_id: Uuid,
    /// Where its deliveries go.
    pub url: String,
    /// In which words.
    pub format: String,
    /// The newest.
    pub secret: Vec<u8>,
    /// The one before it, whether or not it still signs.
    pub previous: Option<Vec<u8>>,
    /// Whether that one still signs.
    pub overlaps: bool,
}

impl Store {
    /// The secrets of a webhook, and where it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn webhook_secrets(&self, id: Uuid) -> Result<StoredSecrets, Error> {
        let read = sqlx::query_as!(
            StoredSecrets,
            r#"SELECT id AS webhook_id, url, format, secret, previous_secret AS previous,
                      coalesce(overlap_until > windlass_now(), false) AS "overlaps!"
               FROM webhooks WHERE id = $1"#,
            id,
        );
        let secrets = deadline(read.fetch_optional(&self.db.pool)).await?;
        secrets.ok_or(Error::NotFound(Resource::Webhook))
    }

    /// The secrets of all webhooks.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn all_webhook_secrets(&self) -> Result<Vec<StoredSecrets>, Error> {
        let read = sqlx::query_as!(
            StoredSecrets,
            r#"SELECT id AS webhook_id, url, format, secret, previous_secret AS previous,
                      coalesce(overlap_until > windlass_now(), false) AS "overlaps!"
               FROM webhooks ORDER BY id"#,
        );
        Ok(deadline(read.fetch_all(&self.db.pool)).await?)
    }

    /// Writes secrets of before as others, which mean the same; says whether they were still those.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn replace_webhook_secrets(
        &self,
        before: &StoredSecrets,
        after: &StoredSecrets,
    ) -> Result<bool, Error> {
        let replace = sqlx::query!(
            "UPDATE webhooks SET secret = $4, previous_secret = $5
             WHERE id = $1 AND secret = $2 AND previous_secret IS NOT DISTINCT FROM $3",
            before.webhook_id,
            before.secret,
            before.previous,
            after.secret,
            after.previous,
        );
        Ok(deadline(replace.execute(&self.db.pool)).await?.rows_affected() == 1)
    }
}
