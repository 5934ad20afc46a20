//! `/v1/webhooks`.

use std::time::Duration;

use futures_util::Stream;
use reqwest::Method;
use serde::Serialize;
use uuid::Uuid;
use windlass_wire::{
    Delivery, DeliveryState, NewWebhook, Page, PatchWebhook, Reason, RotateWebhookSecret, TestWebhook,
    Webhook, WebhookTest, WebhookWithSecret,
};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error};

/// Which deliveries.
#[derive(Serialize)]
struct InState {
    state: Option<DeliveryState>,
}

impl Client {
    /// Makes a webhook; the answer alone shows its secret. No idempotency key is sent: the answer is not kept.
    ///
    /// # Errors
    /// `validation_failed`, and what any call can fail with.
    pub async fn create_webhook(&self, webhook: &NewWebhook) -> Result<WebhookWithSecret, Error> {
        self.fetch(self.post(&["v1", "webhooks"]).json(webhook)?).await
    }

    /// One page of webhooks, newest first.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_webhooks(&self, cursor: Option<&str>) -> Result<Page<Webhook>, Error> {
        self.fetch(self.get(&["v1", "webhooks"]).query(&Cursor { cursor })).await
    }

    /// All webhooks, newest first.
    pub fn webhooks(&self) -> impl Stream<Item = Result<Webhook, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let client = client.clone();
            async move { client.list_webhooks(cursor.as_deref()).await }
        })
    }

    /// A webhook.
    ///
    /// # Errors
    /// `webhook_not_found`, and what any call can fail with.
    pub async fn get_webhook(&self, id: Uuid) -> Result<Webhook, Error> {
        self.fetch(self.get(&["v1", "webhooks", &id.to_string()])).await
    }

    /// Changes a webhook; what is left out stays.
    ///
    /// # Errors
    /// `validation_failed`, `webhook_not_found`, and what any call can fail with.
    pub async fn patch_webhook(&self, id: Uuid, change: &PatchWebhook) -> Result<Webhook, Error> {
        let call = self.call(Method::PATCH, &["v1", "webhooks", &id.to_string()], Safety::Safe);
        self.fetch(call.json(change)?).await
    }

    /// Deletes a webhook; what is under way may still arrive.
    ///
    /// # Errors
    /// `webhook_not_found` (also for one deleted before), and what any call can fail with.
    pub async fn delete_webhook(&self, id: Uuid) -> Result<(), Error> {
        let call = self.call(Method::DELETE, &["v1", "webhooks", &id.to_string()], Safety::Unsafe);
        self.send(call).await.map(drop)
    }

    /// Pauses a webhook: what commits from then on is not delivered.
    ///
    /// # Errors
    /// `webhook_not_found`, and what any call can fail with.
    pub async fn pause_webhook(&self, id: Uuid, reason: Option<&str>) -> Result<Webhook, Error> {
        self.webhook_verb(id, "pause", reason).await
    }

    /// Resumes a webhook: what commits from then on is delivered, and what waited at once.
    ///
    /// # Errors
    /// `webhook_not_found`, and what any call can fail with.
    pub async fn resume_webhook(&self, id: Uuid, reason: Option<&str>) -> Result<Webhook, Error> {
        self.webhook_verb(id, "resume", reason).await
    }

    /// Gives a webhook a new secret, which the answer alone shows; this one, or one that the server makes. The one of before signs as well for the
    /// overlap, a day unless it is said. Not repeated where an answer was lost: the secret before the lost one would sign no more.
    ///
    /// # Errors
    /// `validation_failed`, `webhook_not_found`, and what any call can fail with.
    pub async fn rotate_webhook_secret(
        &self,
        id: Uuid,
        secret: Option<&str>,
        overlap: Option<Duration>,
    ) -> Result<WebhookWithSecret, Error> {
        let body = RotateWebhookSecret {
            secret: secret.map(str::to_owned),
            overlap_seconds: overlap.map(|overlap| overlap.as_secs_f64()),
        };
        let path = ["v1", "webhooks", &id.to_string(), "rotate-secret"];
        self.fetch(self.call(Method::POST, &path, Safety::Unsafe).json(&body)?).await
    }

    /// Has `windlass.test` sent to a webhook now, once.
    ///
    /// # Errors
    /// `webhook_not_found`, and what any call can fail with.
    pub async fn test_webhook(&self, id: Uuid) -> Result<WebhookTest, Error> {
        let path = ["v1", "webhooks", &id.to_string(), "test"];
        self.fetch(self.call(Method::POST, &path, Safety::Unsafe).json(&TestWebhook::default())?).await
    }

    /// One page of a webhook's deliveries, newest first.
    ///
    /// # Errors
    /// `webhook_not_found`, and what any call can fail with.
    pub async fn list_webhook_deliveries(
        &self,
        id: Uuid,
        state: Option<DeliveryState>,
        cursor: Option<&str>,
    ) -> Result<Page<Delivery>, Error> {
        let call = self.get(&["v1", "webhooks", &id.to_string(), "deliveries"]);
        self.fetch(call.query(&InState { state }).query(&Cursor { cursor })).await
    }

    /// All deliveries of a webhook, newest first.
    pub fn webhook_deliveries(
        &self,
        id: Uuid,
        state: Option<DeliveryState>,
    ) -> impl Stream<Item = Result<Delivery, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let client = client.clone();
            async move { client.list_webhook_deliveries(id, state, cursor.as_deref()).await }
        })
    }

    /// Has a delivery that has ended tried again, now.
    ///
    /// # Errors
    /// `illegal_transition` while it is pending or its webhook is paused, `delivery_not_found`, `webhook_not_found`, and what any call can fail with.
    pub async fn retry_webhook_delivery(&self, id: Uuid, delivery: Uuid) -> Result<Delivery, Error> {
        let path = ["v1", "webhooks", &id.to_string(), "deliveries", &delivery.to_string(), "retry"];
        self.fetch(self.call(Method::POST, &path, Safety::Unsafe).json(&Reason::default())?).await
    }

    async fn webhook_verb(&self, id: Uuid, verb: &str, reason: Option<&str>) -> Result<Webhook, Error> {
        let path = ["v1", "webhooks", &id.to_string(), verb];
        let reason = Reason { reason: reason.map(str::to_owned) };
        self.fetch(self.call(Method::POST, &path, Safety::Safe).json(&reason)?).await
    }
}
