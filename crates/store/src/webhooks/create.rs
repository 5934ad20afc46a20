//! `POST /v1/webhooks`.

use uuid::Uuid;

use super::append_event::{WebhookEvent, append};
use super::definition::NewWebhook;
use super::draw::{begin_period, beginning};
use super::read::read_webhook;
use super::webhook::Webhook;
use crate::db::{deadline, next_id};
use crate::events::Actor;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Webhooks at the most.
const MOST: i64 = 100;

impl Store {
    /// Makes a webhook under the id that `id` says. What commits after this has answered is delivered, unless it begins paused. Nothing is made before
    /// those who write now have ended: so nothing is left half-made where they take too long.
    ///
    /// # Errors
    /// [`Error::TooManyWebhooks`], [`Error::Unavailable`].
    pub async fn create_webhook(&self, id: Uuid, new: &NewWebhook) -> Result<Webhook, Error> {
        let begins_after = if new.paused { None } else { Some(deadline(beginning(self)).await?) };
        transact!(self, work => create(&mut work, id, new, begins_after).await).await
    }

    /// An id for a webhook that is to be made: its secret is sealed for it.
    pub fn next_webhook_id(&self) -> Uuid {
        next_id()
    }
}

async fn create(
    work: &mut Work,
    id: Uuid,
    new: &NewWebhook,
    begins_after: Option<i64>,
) -> Result<Webhook, Interrupt> {
    // Whoever makes one holds this row: the next one sees it and counts it.
    sqlx::query!("SELECT position FROM webhook_reader FOR NO KEY UPDATE").fetch_one(work.sql()).await?;
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM webhooks"#);
    if count.fetch_one(work.sql()).await? >= MOST {
        return Err(Error::TooManyWebhooks { limit: MOST }.into());
    }
    insert(work, id, new).await?;
    if let Some(begins_after) = begins_after {
        begin_period(work, id, begins_after).await?;
    }
    append(work, WebhookEvent::new(id, "created", Actor::Caller(work.caller))).await?;
    Ok(read_webhook(work.sql(), id).await?)
}

async fn insert(work: &mut Work, id: Uuid, new: &NewWebhook) -> Result<(), sqlx::Error> {
    let events: Vec<String> = new.events.iter().map(|event| event.as_str().to_owned()).collect();
    sqlx::query!(
        "WITH progress AS (INSERT INTO webhook_progress (webhook_id) VALUES ($1)),
              slots AS (INSERT INTO webhook_slots (webhook_id, slot) SELECT $1, slot FROM generate_series(1, 4) AS slot)
         INSERT INTO webhooks (
             id, url, events, filter, format, description, paused, paused_at, created_at, created_by, updated_at, secret, paused_caller
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7 THEN windlass_now() END, windlass_now(), $8, windlass_now(), $9,
                 CASE WHEN $7 THEN windlass_caller($8, $10) END)",
        id,
        new.url,
        &events,
        new.filter,
        new.format.as_str(),
        new.description,
        new.paused,
        work.caller.key,
        new.secret,
        work.caller.name,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
