//! `DELETE /v1/webhooks/{id}`: what is under way may still arrive. Its deliveries can be found by nobody from then on, and are pruned.

use uuid::Uuid;

use super::append_event::{WebhookEvent, append};
use crate::events::Actor;
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Deletes a webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn delete_webhook(&self, id: Uuid) -> Result<(), Error> {
        transact!(self, work => delete(&mut work, id).await).await
    }
}

async fn delete(work: &mut Work, id: Uuid) -> Result<(), Interrupt> {
    let deleted = sqlx::query!("DELETE FROM webhooks WHERE id = $1", id).execute(work.sql()).await?;
    if deleted.rows_affected() == 0 {
        return Err(Error::NotFound(Resource::Webhook).into());
    }
    sqlx::query!("DELETE FROM webhook_slots WHERE webhook_id = $1", id).execute(work.sql()).await?;
    sqlx::query!("DELETE FROM webhook_progress WHERE webhook_id = $1", id).execute(work.sql()).await?;
    sqlx::query!("DELETE FROM webhook_periods WHERE webhook_id = $1", id).execute(work.sql()).await?;
    sqlx::query!("INSERT INTO webhook_remains (webhook_id) VALUES ($1) ON CONFLICT DO NOTHING", id)
        .execute(work.sql())
        .await?;
    append(work, WebhookEvent::new(id, "deleted", Actor::Caller(work.caller))).await?;
    Ok(())
}
