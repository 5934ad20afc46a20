//! `POST /v1/webhooks/{id}/deliveries/{delivery}/retry`.

use uuid::Uuid;
use windlass_domain::WebhookFormat;

use super::deliveries::read_delivery;
use super::delivery::Delivery;
use crate::db::deadline;
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Deliveries of a webhook that are pending, at the most.
const MOST_PENDING: i64 = 100_000;

impl Store {
    /// Has a delivery that has ended tried now, and by its schedule from the beginning. One that was never made gets this body.
    ///
    /// # Errors
    /// [`Error::NotFound`] of either, [`Error::IllegalTransition`] while it is pending, its webhook is paused or too many are pending,
    /// [`Error::Unavailable`].
    pub async fn retry_delivery(
        &self,
        webhook: Uuid,
        id: Uuid,
        body: Option<(&str, WebhookFormat)>,
    ) -> Result<Delivery, Error> {
        transact!(self, work => retry(&mut work, webhook, id, body).await).await
    }

    /// Whether what a delivery sends was made.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delivery_has_body(&self, id: Uuid) -> Result<bool, Error> {
        let has = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM webhook_bodies WHERE delivery_id = $1) AS "has!""#,
            id
        );
        Ok(deadline(has.fetch_one(&self.db.pool)).await?)
    }
}

async fn retry(
    work: &mut Work,
    webhook: Uuid,
    id: Uuid,
    body: Option<(&str, WebhookFormat)>,
) -> Result<Delivery, Interrupt> {
    let held = sqlx::query!("SELECT paused FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", webhook);
    let held = held.fetch_optional(work.sql()).await?.ok_or(Error::NotFound(Resource::Webhook))?;
    let kept = hold(work, webhook, id).await?;
    if held.paused {
        return refuse("paused", "the webhook is paused; resume it first");
    }
    let added = sqlx::query!(
        "UPDATE webhook_progress SET pending = pending + 1, kept = greatest(0, kept - $2)
         WHERE webhook_id = $1 AND pending < $3",
        webhook,
        i64::from(kept),
        MOST_PENDING,
    )
    .execute(work.sql())
    .await?;
    if added.rows_affected() == 0 {
        return refuse("failed", "100000 deliveries of the webhook are pending, which is the most");
    }
    write(work, id, body).await?;
    Ok(read_delivery(work.sql(), webhook, id).await?)
}

/// Locks the delivery, which must have ended; whether it is one that was never tried.
async fn hold(work: &mut Work, webhook: Uuid, id: Uuid) -> Result<bool, Interrupt> {
    let held = sqlx::query!(
        "SELECT state, kept FROM webhook_deliveries WHERE id = $1 AND webhook_id = $2 FOR NO KEY UPDATE",
        id,
        webhook,
    );
    let held = held.fetch_optional(work.sql()).await?.ok_or(Error::NotFound(Resource::Delivery))?;
    if held.state == "pending" {
        return refuse("pending", "the delivery is pending; it is tried by itself");
    }
    Ok(held.kept)
}

fn refuse<T>(state: &'static str, detail: &str) -> Result<T, Interrupt> {
    Err(Error::IllegalTransition { state, detail: detail.to_owned() }.into())
}

async fn write(work: &mut Work, id: Uuid, body: Option<(&str, WebhookFormat)>) -> Result<(), sqlx::Error> {
    if let Some((body, format)) = body {
        // The first body stays: the same bytes in every attempt.
        sqlx::query!(
            "INSERT INTO webhook_bodies (delivery_id, body, format) VALUES ($1, $2, $3) ON CONFLICT (delivery_id) DO NOTHING",
            id,
            body,
            format.as_str(),
        )
        .execute(work.sql())
        .await?;
    }
    sqlx::query!(
        "UPDATE webhook_deliveries SET
             state = 'pending', kept = false, failures = 0, next_attempt_at = windlass_now(), ended_at = NULL
         WHERE id = $1 AND state <> 'pending'",
        id,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
