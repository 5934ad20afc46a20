//! A row of the statements that read webhooks.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::WebhookFormat;

use super::webhook::Webhook;

/// A row of `read.template.sql`.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) url: String,
    pub(super) events: Vec<String>,
    pub(super) filter: String,
    pub(super) format: String,
    pub(super) description: Option<String>,
    pub(super) paused: bool,
    pub(super) reason: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) created_by: Option<String>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) last_delivered_at: Option<DateTime<Utc>>,
    pub(super) failing_since: Option<DateTime<Utc>>,
    pub(super) pending: i64,
    pub(super) overflowed: i64,
    pub(super) fetched: i64,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            url: row.url,
            events: row.events,
            filter: row.filter,
            format: format_of(&row.format),
            description: row.description,
            paused: row.paused,
            reason: row.reason,
            created_at: row.created_at,
            created_by: row.created_by,
            updated_at: row.updated_at,
            last_delivered_at: row.last_delivered_at,
            failing_since: row.failing_since,
            pending: row.pending,
            overflowed: row.overflowed,
        }
    }
}

/// The format of a stored word.
pub(super) fn format_of(word: &str) -> WebhookFormat {
    WebhookFormat::parse(word).expect("a CHECK holds formats to the known words")
}
