//! Webhooks that pause themselves: their receiver says that it is gone, or nothing has succeeded for days.
//!
//! Their period stays open, so that what happens meanwhile is kept, to be retried.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::pauses_itself;

use super::append_event::{WebhookEvent, append};
use crate::events::Actor;
use crate::work::Work;

/// Why a webhook has paused itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PausedItself {
    /// Its receiver has answered 410.
    Gone(Uuid),
    /// Nothing has succeeded for three days.
    Failing(Uuid),
}

impl PausedItself {
    /// Which webhook.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Gone(id) | Self::Failing(id) => id,
        }
    }

    /// Why, for people.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Gone(_) => "the receiver answered 410: it is gone",
            Self::Failing(_) => "nothing was delivered for 3 days, and at least 20 attempts failed",
        }
    }
}

/// Pauses the webhooks that are gone, and those of the failing ones that have failed for long; answers those that were not paused before.
pub(super) async fn pause_failing(
    work: &mut Work,
    gone: &[Uuid],
    failing: &[Uuid],
) -> Result<Vec<PausedItself>, sqlx::Error> {
    let mut causes: Vec<PausedItself> = gone.iter().copied().map(PausedItself::Gone).collect();
    let rows = sqlx::query!(
        r#"SELECT webhook_id, failures,
                  greatest(0, extract(epoch FROM windlass_now() - failing_since) - paused_seconds)::float8 AS "failing_seconds!"
           FROM webhook_progress WHERE webhook_id = ANY($1) AND failing_since IS NOT NULL ORDER BY webhook_id"#,
        failing,
    );
    for row in rows.fetch_all(work.sql()).await? {
        let failing_for = Duration::try_from_secs_f64(row.failing_seconds).unwrap_or_default();
        if pauses_itself(failing_for, row.failures) && !gone.contains(&row.webhook_id) {
            causes.push(PausedItself::Failing(row.webhook_id));
        }
    }
    let mut paused = Vec::new();
    for cause in causes {
        if pause(work, cause).await? {
            paused.push(cause);
        }
    }
    Ok(paused)
}

async fn pause(work: &mut Work, cause: PausedItself) -> Result<bool, sqlx::Error> {
    let paused = sqlx::query!(
        "UPDATE webhooks SET paused = true, paused_itself = true, reason = $2, paused_at = windlass_now(), updated_at = windlass_now()
         WHERE id = $1 AND NOT paused",
        cause.id(),
        cause.reason(),
    )
    .execute(work.sql())
    .await?
    .rows_affected()
        == 1;
    if paused {
        append(work, WebhookEvent::paused(cause.id(), true, Some(cause.reason()), Actor::Server)).await?;
    }
    Ok(paused)
}
