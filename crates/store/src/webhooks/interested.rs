//! Which webhooks are told of events, for the reader of the audit.

use uuid::Uuid;
use windlass_domain::{EventPattern, WebhookFormat};

use super::row::format_of;
use super::skim::SkimmedEvent;
use crate::db::deadline;
use crate::{Error, Store};

/// A webhook that is told of some events behind the reader's position. It has no `Debug`: its URL is not in it, its filter may be private.
#[derive(Clone)]
pub struct InterestedWebhook {
    /// Its id.
    pub id: Uuid,
    /// Which events it wants.
    pub events: Vec<EventPattern>,
    /// Which of them, as JSON.
    pub filter: String,
    /// In which words.
    pub format: WebhookFormat,
    /// It has paused itself: what happens meanwhile is kept as failed.
    pub paused_itself: bool,
    /// How many deliveries of it are pending.
    pub pending: i64,
    begins_after: Vec<i64>,
    ends_at: Vec<i64>,
}

impl InterestedWebhook {
    /// Whether it is told this event, if its filter takes it.
    pub fn wants(&self, event: &SkimmedEvent) -> bool {
        self.is_told(event.number) && self.events.iter().any(|wanted| wanted.takes(event.happening))
    }

    fn is_told(&self, number: i64) -> bool {
        self.begins_after
            .iter()
            .zip(&self.ends_at)
            .any(|(begins, ends)| (*begins + 1..=*ends).contains(&number))
    }
}

impl Store {
    /// Whether there is any webhook.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn has_webhooks(&self) -> Result<bool, Error> {
        let any = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM webhooks) AS "any!""#);
        Ok(deadline(any.fetch_one(&self.db.pool)).await?)
    }

    /// The webhooks that are told of events behind this position. Who reads events first, and then asks this, misses no webhook: one that is made later is
    /// told only of what commits later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn interested_webhooks(&self, position: i64) -> Result<Vec<InterestedWebhook>, Error> {
        let read = sqlx::query_as!(
            Row,
            r#"SELECT w.id, w.events, w.filter, w.format, w.paused_itself, progress.pending,
                      told.begins_after AS "begins_after!", told.ends_at AS "ends_at!"
               FROM webhooks w
               JOIN webhook_progress progress ON progress.webhook_id = w.id
               CROSS JOIN LATERAL (
                   SELECT array_agg(begins_after ORDER BY begins_after) AS begins_after,
                          array_agg(coalesce(ends_at, 9223372036854775807) ORDER BY begins_after) AS ends_at
                   FROM webhook_periods p
                   WHERE p.webhook_id = w.id AND (p.ends_at IS NULL OR p.ends_at > $1)
               ) told
               WHERE told.begins_after IS NOT NULL ORDER BY w.id"#,
            position,
        );
        let rows = deadline(read.fetch_all(&self.db.pool)).await?;
        Ok(rows.into_iter().map(InterestedWebhook::from).collect())
    }
}

struct Row {
    id: Uuid,
    events: Vec<String>,
    filter: String,
    format: String,
    paused_itself: bool,
    pending: i64,
    begins_after: Vec<i64>,
    ends_at: Vec<i64>,
}

impl From<Row> for InterestedWebhook {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            // Events of a later version, which servers of both may serve at once, are told by that one.
            events: row.events.into_iter().filter_map(|event| EventPattern::parse(event).ok()).collect(),
            filter: row.filter,
            format: format_of(&row.format),
            paused_itself: row.paused_itself,
            pending: row.pending,
            begins_after: row.begins_after,
            ends_at: row.ends_at,
        }
    }
}
