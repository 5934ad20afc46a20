//! A delivery as it is stored.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{AttemptError, DeliveryState};

/// A delivery.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Delivery {
    pub id: Uuid,
    pub webhook_id: Uuid,
    /// The event's number.
    pub event: i64,
    pub event_id: String,
    pub kind: String,
    pub state: DeliveryState,
    /// It was never tried, because too many were pending: it has no body.
    pub overflowed: bool,
    pub attempts: Vec<DeliveryAttempt>,
    pub created_at: DateTime<Utc>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// An attempt of a delivery that has ended.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct DeliveryAttempt {
    pub at: DateTime<Utc>,
    pub status: Option<i16>,
    pub error: Option<AttemptError>,
    /// Not known of one that was interrupted.
    pub took_seconds: Option<f64>,
}

/// A row of the statements that read deliveries.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) webhook_id: Uuid,
    pub(super) event: i64,
    pub(super) event_id: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) overflowed: bool,
    pub(super) created_at: DateTime<Utc>,
    pub(super) next_attempt_at: Option<DateTime<Utc>>,
    pub(super) delivered_at: Option<DateTime<Utc>>,
    pub(super) attempted_at: Vec<DateTime<Utc>>,
    pub(super) statuses: Vec<Option<i16>>,
    pub(super) errors: Vec<Option<String>>,
    pub(super) took_seconds: Vec<Option<f64>>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        let attempts = row.attempted_at.into_iter().zip(row.statuses).zip(row.errors).zip(row.took_seconds);
        let mut attempts: Vec<DeliveryAttempt> = attempts
            .map(|(((at, status), error), took_seconds)| DeliveryAttempt {
                at,
                status,
                error: error.as_deref().and_then(AttemptError::parse),
                took_seconds,
            })
            .collect();
        let state = DeliveryState::parse(&row.state).expect("a CHECK holds states to the known words");
        if row.overflowed && state == DeliveryState::Failed && attempts.is_empty() {
            // It was given up before it was tried.
            let error = Some(AttemptError::Overflow);
            attempts.push(DeliveryAttempt {
                at: row.created_at,
                status: None,
                error,
                took_seconds: Some(0.0),
            });
        }
        Self {
            id: row.id,
            webhook_id: row.webhook_id,
            event: row.event,
            event_id: row.event_id,
            kind: row.kind,
            state,
            overflowed: row.overflowed,
            attempts,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            delivered_at: row.delivered_at,
        }
    }
}
