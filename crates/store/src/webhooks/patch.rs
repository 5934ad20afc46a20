//! `PATCH /v1/webhooks/{id}`.

use uuid::Uuid;
use windlass_domain::WebhookFormat;

use super::append_event::{WebhookEvent, append};
use super::definition::WebhookChange;
use super::draw::beginning;
use super::pause::{pause, resume};
use super::read::read_webhook;
use super::webhook::Webhook;
use crate::db::deadline;
use crate::events::Actor;
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Changes a webhook; a pause or resume by it is as those of their own.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn patch_webhook(&self, id: Uuid, change: &WebhookChange) -> Result<Webhook, Error> {
        let begins_after = match change.paused {
            Some(false) => Some(deadline(beginning(self)).await?),
            _ => None,
        };
        let (webhook, pause) =
            transact!(self, work => patch(&mut work, id, change, begins_after).await).await?;
        self.end_period(id, pause).await?;
        Ok(webhook)
    }
}

async fn patch(
    work: &mut Work,
    id: Uuid,
    change: &WebhookChange,
    begins_after: Option<i64>,
) -> Result<(Webhook, Option<chrono::DateTime<chrono::Utc>>), Interrupt> {
    if write(work, id, change).await? {
        append(work, WebhookEvent::new(id, "changed", Actor::Caller(work.caller))).await?;
    }
    match (change.paused, begins_after) {
        (Some(true), _) => pause(work, id, None).await,
        (Some(false), Some(begins_after)) => Ok((resume(work, id, begins_after, None).await?, None)),
        _ => Ok((read_webhook(work.sql(), id).await?, None)),
    }
}

/// Whether anything has changed.
async fn write(work: &mut Work, id: Uuid, change: &WebhookChange) -> Result<bool, Interrupt> {
    let held = sqlx::query_scalar!("SELECT id FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", id);
    held.fetch_optional(work.sql()).await?.ok_or(Error::NotFound(Resource::Webhook))?;
    let events = change
        .events
        .as_ref()
        .map(|events| events.iter().map(|event| event.as_str().to_owned()).collect::<Vec<_>>());
    let written = sqlx::query!(
        "UPDATE webhooks SET
             url = coalesce($2, url), events = coalesce($3, events), filter = coalesce($4, filter), format = coalesce($5, format),
             description = CASE WHEN $6 THEN $7 ELSE description END, updated_at = windlass_now()
         WHERE id = $1 AND (
             url IS DISTINCT FROM coalesce($2, url) OR events IS DISTINCT FROM coalesce($3, events)
             OR filter IS DISTINCT FROM coalesce($4, filter) OR format IS DISTINCT FROM coalesce($5, format)
             OR $6 AND description IS DISTINCT FROM $7
         )",
        id,
        change.url,
        events.as_deref(),
        change.filter,
        change.format.map(WebhookFormat::as_str),
        change.description.is_some(),
        change.description.clone().flatten(),
    )
    .execute(work.sql())
    .await?;
    Ok(written.rows_affected() == 1)
}
