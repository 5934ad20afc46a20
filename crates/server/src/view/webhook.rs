//! A webhook and its deliveries as the contract shows them.

use windlass_domain as domain;
use windlass_store as store;
use windlass_wire as wire;

use super::values;
use crate::outbound::{Called, masked};

/// How much of a URL its reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All.
    Whole,
    /// Scheme, host and port.
    Masked,
}

/// A webhook, without its secret.
pub(crate) fn webhook(webhook: store::Webhook, sight: Sight) -> wire::Webhook {
    let url = if sight == Sight::Whole { webhook.url } else { masked(&webhook.url) };
    wire::Webhook {
        id: webhook.id,
        url,
        events: webhook.events,
        filter: serde_json::from_str(&webhook.filter).unwrap_or_default(),
        format: format(webhook.format),
        description: webhook.description,
        paused: webhook.paused,
        reason: webhook.reason,
        created_at: webhook.created_at,
        created_by: webhook.created_by,
        updated_at: webhook.updated_at,
        last_delivered_at: webhook.last_delivered_at,
        failing_since: webhook.failing_since,
        pending: values::count(webhook.pending),
        overflowed: values::count(webhook.overflowed),
    }
}

/// A webhook with its new secret, for whoever has made it.
pub(crate) fn webhook_with_secret(stored: store::Webhook, secret: String) -> wire::WebhookWithSecret {
    let webhook = webhook(stored, Sight::Whole);
    wire::WebhookWithSecret {
        id: webhook.id,
        url: webhook.url,
        events: webhook.events,
        filter: webhook.filter,
        format: webhook.format,
        description: webhook.description,
        paused: webhook.paused,
        reason: webhook.reason,
        created_at: webhook.created_at,
        created_by: webhook.created_by,
        updated_at: webhook.updated_at,
        last_delivered_at: webhook.last_delivered_at,
        failing_since: webhook.failing_since,
        pending: webhook.pending,
        overflowed: webhook.overflowed,
        secret,
    }
}

/// What became of a test.
pub(crate) fn webhook_test(called: &Called) -> wire::WebhookTest {
    wire::WebhookTest {
        delivered: called.error.is_none(),
        status: called.status,
        error: called.error.map(error),
        took_seconds: called.took.as_secs_f64(),
    }
}

/// A delivery.
pub(crate) fn delivery(delivery: store::Delivery) -> wire::Delivery {
    wire::Delivery {
        id: delivery.id,
        event_id: delivery.event_id,
        r#type: delivery.kind,
        state: state(delivery.state),
        attempts: delivery.attempts.iter().map(attempt).collect(),
        created_at: delivery.created_at,
        next_attempt_at: delivery.next_attempt_at,
        delivered_at: delivery.delivered_at,
    }
}

fn attempt(attempt: &store::DeliveryAttempt) -> wire::DeliveryAttempt {
    wire::DeliveryAttempt {
        at: attempt.at,
        status: attempt.status.and_then(|status| u16::try_from(status).ok()),
        error: attempt.error.map(error),
        took_seconds: attempt.took_seconds,
    }
}

fn format(format: domain::WebhookFormat) -> wire::WebhookFormat {
    match format {
        domain::WebhookFormat::Standard => wire::WebhookFormat::Standard,
        domain::WebhookFormat::CloudEvents => wire::WebhookFormat::CloudEvents,
        domain::WebhookFormat::Slack => wire::WebhookFormat::Slack,
    }
}

fn state(state: domain::DeliveryState) -> wire::DeliveryState {
    match state {
        domain::DeliveryState::Pending => wire::DeliveryState::Pending,
        domain::DeliveryState::Delivered => wire::DeliveryState::Delivered,
        domain::DeliveryState::Failed => wire::DeliveryState::Failed,
    }
}

fn error(error: domain::AttemptError) -> wire::DeliveryError {
    match error {
        domain::AttemptError::Dns => wire::DeliveryError::Dns,
        domain::AttemptError::AddressRefused => wire::DeliveryError::AddressRefused,
        domain::AttemptError::Connect => wire::DeliveryError::Connect,
        domain::AttemptError::Tls => wire::DeliveryError::Tls,
        domain::AttemptError::Timeout => wire::DeliveryError::Timeout,
        domain::AttemptError::Reset => wire::DeliveryError::Reset,
        domain::AttemptError::HttpStatus => wire::DeliveryError::HttpStatus,
        domain::AttemptError::Interrupted => wire::DeliveryError::Interrupted,
        domain::AttemptError::Overflow => wire::DeliveryError::Overflow,
    }
}
