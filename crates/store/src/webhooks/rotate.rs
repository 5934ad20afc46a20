//! `POST /v1/webhooks/{id}/rotate-secret`.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::seconds;

use super::append_event::{WebhookEvent, append};
use super::read::read_webhook;
use super::webhook::Webhook;
use crate::events::Actor;
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Gives a webhook a new secret, as it is kept. The one before signs as well for the overlap; two are at the most.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn rotate_webhook_secret(
        &self,
        id: Uuid,
        overlap: Duration,
        secret: &[u8],
    ) -> Result<Webhook, Error> {
        transact!(self, work => rotate(&mut work, id, overlap, secret).await).await
    }
}

async fn rotate(work: &mut Work, id: Uuid, overlap: Duration, secret: &[u8]) -> Result<Webhook, Interrupt> {
    let rotated = sqlx::query!(
        "UPDATE webhooks SET
             previous_secret = CASE WHEN $2::float8 > 0 THEN secret END,
             overlap_until = CASE WHEN $2::float8 > 0 THEN windlass_now() + $2 * interval '1 second' END,
             secret = $3, updated_at = windlass_now()
         WHERE id = $1",
        id,
        seconds(overlap),
        secret,
    )
    .execute(work.sql())
    .await?;
    if rotated.rows_affected() == 0 {
        return Err(Error::NotFound(Resource::Webhook).into());
    }
    append(work, WebhookEvent::new(id, "rotated", Actor::Caller(work.caller))).await?;
    Ok(read_webhook(work.sql(), id).await?)
}
