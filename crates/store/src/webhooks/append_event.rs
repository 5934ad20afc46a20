//! Events of webhooks in the audit, by a statement of their own: the one that most changes end with knows nothing of them.

use uuid::Uuid;

use crate::events::Actor;
use crate::work::Work;

/// What happened to a webhook.
pub(super) struct WebhookEvent<'a> {
    pub(super) id: Uuid,
    /// `created`, `changed`, `rotated`, `deleted`, or what its flag says.
    pub(super) to: &'static str,
    /// `paused` or `resumed`.
    pub(super) flag: Option<&'static str>,
    pub(super) reason: Option<&'a str>,
    pub(super) actor: Actor,
}

impl<'a> WebhookEvent<'a> {
    /// What happened to it.
    pub(super) fn new(id: Uuid, to: &'static str, actor: Actor) -> Self {
        Self { id, to, flag: None, reason: None, actor }
    }

    /// It was paused or resumed.
    pub(super) fn paused(id: Uuid, paused: bool, reason: Option<&'a str>, actor: Actor) -> Self {
        let to = if paused { "paused" } else { "resumed" };
        Self { id, to, flag: Some(to), reason, actor }
    }
}

/// Appends an event.
pub(super) async fn append(work: &mut Work, event: WebhookEvent<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO events (entity, pipeline_id, from_state, to_state, flag, reason, actor, caller, webhook_id)
         VALUES ('webhook', '00000000-0000-0000-0000-000000000000', $1, $2, $3, $4, $5, $6, $7)",
        event.flag,
        event.to,
        event.flag,
        event.reason,
        event.actor.as_str(),
        event.actor.key(),
        event.id,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
