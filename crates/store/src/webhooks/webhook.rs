//! A webhook as it is stored, without its secrets.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::WebhookFormat;

/// A webhook, without its secrets. It has no `Debug`: its URL may be one.
#[derive(Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Webhook {
    pub id: Uuid,
    pub url: String,
    pub events: Vec<String>,
    /// JSON as it was sent.
    pub filter: String,
    pub format: WebhookFormat,
    pub description: Option<String>,
    pub paused: bool,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub last_delivered_at: Option<DateTime<Utc>>,
    pub failing_since: Option<DateTime<Utc>>,
    pub pending: i64,
    pub overflowed: i64,
}
