//! `POST /v1/webhooks/{id}/pause` and `/resume`.
//!
//! A pause commits, and only then draws the number up to which events are delivered: what has committed by then has a lower one. Where its
//! server dies in between, the period stays open; the reader ends it once nobody can be doing that any more ([`Store::end_old_periods`]).

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::Reason;

use super::append_event::{WebhookEvent, append};
use super::draw::{begin_period, beginning, last_drawn};
use super::read::read_webhook;
use super::webhook::Webhook;
use crate::db::deadline;
use crate::events::Actor;
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What a webhook was when its row was locked.
struct Held {
    paused: bool,
    paused_itself: bool,
    paused_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Pauses a webhook: what commits from now on is not delivered, and what is pending waits. Changes nothing if it is paused already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn pause_webhook(&self, id: Uuid, reason: Option<Reason>) -> Result<Webhook, Error> {
        let reason = reason.as_ref().map(Reason::as_str);
        let (webhook, pause) = transact!(self, work => pause(&mut work, id, reason).await).await?;
        self.end_period(id, pause).await?;
        Ok(webhook)
    }

    /// Resumes a webhook: what commits after this has answered is delivered, and what is pending at once. Changes nothing if it is not paused.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn resume_webhook(&self, id: Uuid, reason: Option<Reason>) -> Result<Webhook, Error> {
        let reason = reason.as_ref().map(Reason::as_str);
        let begins_after = deadline(beginning(self)).await?;
        transact!(self, work => resume(&mut work, id, begins_after, reason).await).await
    }

    /// Ends the period of a webhook by this pause of it, at what has been drawn by now; nothing for no pause.
    pub(super) async fn end_period(&self, id: Uuid, pause: Option<DateTime<Utc>>) -> Result<(), Error> {
        let Some(pause) = pause else { return Ok(()) };
        let drawn = deadline(last_drawn(self)).await?;
        transact!(self, work => end_period(&mut work, id, pause, drawn).await).await
    }

    /// Ends the periods of webhooks whose pause was not carried to its end, by a server that has gone meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_old_periods(&self) -> Result<(), Error> {
        let paused = sqlx::query!(
            r#"SELECT w.id, w.paused_at AS "paused_at!" FROM webhooks w
               WHERE w.paused AND NOT w.paused_itself AND w.paused_at < windlass_now() - interval '30 seconds'
                 AND EXISTS (SELECT FROM webhook_periods p WHERE p.webhook_id = w.id AND p.ends_at IS NULL)"#
        );
        for webhook in deadline(paused.fetch_all(&self.db.pool)).await? {
            self.end_period(webhook.id, Some(webhook.paused_at)).await?;
        }
        Ok(())
    }
}

/// Only while that pause lasts: a resume goes on with a period that is open.
async fn end_period(work: &mut Work, id: Uuid, pause: DateTime<Utc>, drawn: i64) -> Result<(), Interrupt> {
    let paused_at = sqlx::query_scalar!("SELECT paused_at FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", id);
    if paused_at.fetch_optional(work.sql()).await?.flatten() == Some(pause) {
        sqlx::query!(
            "UPDATE webhook_periods SET ends_at = greatest(begins_after, $2) WHERE webhook_id = $1 AND ends_at IS NULL",
            id,
            drawn,
        )
        .execute(work.sql())
        .await?;
    }
    Ok(())
}

/// Since when it is paused is said as well, if it was not before.
pub(super) async fn pause(
    work: &mut Work,
    id: Uuid,
    reason: Option<&str>,
) -> Result<(Webhook, Option<DateTime<Utc>>), Interrupt> {
    let held = hold(work, id).await?;
    // One that was not carried to its end is, before anybody is told that it is paused.
    let mut pause = held.paused_at.filter(|_| !held.paused_itself);
    if !held.paused {
        let paused_at = sqlx::query_scalar!(
            r#"UPDATE webhooks SET
                   paused = true, reason = $2, paused_at = windlass_now(), paused_caller = windlass_caller($3, $4), updated_at = windlass_now()
               WHERE id = $1 AND NOT paused RETURNING paused_at AS "paused_at!""#,
            id,
            reason,
            work.caller.key,
            work.caller.name,
        );
        pause = Some(paused_at.fetch_one(work.sql()).await?);
        append(work, WebhookEvent::paused(id, true, reason, Actor::Caller(work.caller))).await?;
    }
    Ok((read_webhook(work.sql(), id).await?, pause))
}

pub(super) async fn resume(
    work: &mut Work,
    id: Uuid,
    begins_after: i64,
    reason: Option<&str>,
) -> Result<Webhook, Interrupt> {
    let held = hold(work, id).await?;
    if held.paused {
        begin_period(work, id, begins_after).await?;
        end_pause(work, id, held.paused_itself).await?;
        append(work, WebhookEvent::paused(id, false, reason, Actor::Caller(work.caller))).await?;
    }
    Ok(read_webhook(work.sql(), id).await?)
}

async fn hold(work: &mut Work, id: Uuid) -> Result<Held, Interrupt> {
    let held = sqlx::query_as!(
        Held,
        "SELECT paused, paused_itself, paused_at FROM webhooks WHERE id = $1 FOR NO KEY UPDATE",
        id
    );
    Ok(held.fetch_optional(work.sql()).await?.ok_or(Error::NotFound(Resource::Webhook))?)
}

/// One that had paused itself begins to count its failures anew; of any other the time of the pause does not count. What is pending is due at once.
async fn end_pause(work: &mut Work, id: Uuid, paused_itself: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE webhook_deliveries SET next_attempt_at = windlass_now()
         WHERE webhook_id = $1 AND state = 'pending' AND next_attempt_at > windlass_now() AND claim IS NULL",
        id,
    )
    .execute(work.sql())
    .await?;
    sqlx::query!(
        "UPDATE webhook_progress p SET
             failing_since = CASE WHEN NOT $2 THEN p.failing_since END, failures = CASE WHEN $2 THEN 0 ELSE p.failures END,
             paused_seconds = CASE WHEN $2 OR p.failing_since IS NULL THEN 0 ELSE p.paused_seconds + greatest(0, extract(
                 epoch FROM windlass_now() - greatest(w.paused_at, p.failing_since)
             )) END
         FROM webhooks w WHERE w.id = $1 AND p.webhook_id = $1",
        id,
        paused_itself,
    )
    .execute(work.sql())
    .await?;
    sqlx::query!(
        "UPDATE webhooks SET
             paused = false, paused_itself = false, reason = NULL, paused_at = NULL, paused_caller = NULL, updated_at = windlass_now()
         WHERE id = $1 AND paused",
        id,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
