//! Tables of webhooks and deliveries, for people.

use windlass_sdk::wire::{Delivery, Webhook, WebhookTest, WebhookWithSecret};

use super::table::{headed, instant, pairs};
use super::words::word;

/// Webhooks, a row each.
pub(super) fn webhooks(webhooks: &[Webhook]) -> String {
    let mut table = headed(&["ID", "URL", "EVENTS", "FORMAT", "PENDING", "LAST DELIVERED", "PAUSED"]);
    for webhook in webhooks {
        table.add_row([
            webhook.id.to_string(),
            webhook.url.clone(),
            webhook.events.join(" "),
            word(&webhook.format),
            webhook.pending.to_string(),
            instant(webhook.last_delivered_at),
            yes(webhook.paused),
        ]);
    }
    table.trim_fmt()
}

/// One webhook.
pub(super) fn webhook(webhook: &Webhook) -> String {
    let filter = serde_json::to_string(&webhook.filter).unwrap_or_default();
    pairs(&[
        ("id", webhook.id.to_string()),
        ("url", webhook.url.clone()),
        ("events", webhook.events.join(" ")),
        ("filter", if filter == "{}" { String::new() } else { filter }),
        ("format", word(&webhook.format)),
        ("description", webhook.description.clone().unwrap_or_default()),
        ("paused", yes(webhook.paused)),
        ("reason", webhook.reason.clone().unwrap_or_default()),
        ("created", instant(Some(webhook.created_at))),
        ("last delivered", instant(webhook.last_delivered_at)),
        ("failing since", instant(webhook.failing_since)),
        ("pending", webhook.pending.to_string()),
        ("overflowed", if webhook.overflowed == 0 { String::new() } else { webhook.overflowed.to_string() }),
    ])
}

/// One that has a new secret.
pub(super) fn with_secret(webhook: &WebhookWithSecret) -> String {
    pairs(&[
        ("id", webhook.id.to_string()),
        ("url", webhook.url.clone()),
        ("events", webhook.events.join(" ")),
        ("format", word(&webhook.format)),
        ("secret", webhook.secret.clone()),
    ])
}

/// What became of a test.
pub(super) fn test(test: &WebhookTest) -> String {
    pairs(&[
        ("delivered", if test.delivered { "yes" } else { "no" }.to_owned()),
        ("status", test.status.map(|status| status.to_string()).unwrap_or_default()),
        ("error", test.error.as_ref().map(word).unwrap_or_default()),
        ("took", format!("{:.3} s", test.took_seconds)),
    ])
}

/// Deliveries, a row each.
pub(super) fn deliveries(deliveries: &[Delivery]) -> String {
    let mut table = headed(&["ID", "TYPE", "STATE", "ATTEMPTS", "LAST", "CREATED", "NEXT"]);
    for delivery in deliveries {
        let last = delivery.attempts.last().map(|attempt| {
            let status = attempt.status.map(|status| status.to_string());
            let error = attempt.error.as_ref().map(word);
            [status, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
        });
        table.add_row([
            delivery.id.to_string(),
            delivery.r#type.clone(),
            word(&delivery.state),
            delivery.attempts.len().to_string(),
            last.unwrap_or_default(),
            instant(Some(delivery.created_at)),
            instant(delivery.next_attempt_at),
        ]);
    }
    table.trim_fmt()
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "" }.to_owned()
}
