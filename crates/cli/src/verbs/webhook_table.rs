//! Tables of webhooks and deliveries, for people.

use windlass_sdk::wire::{Delivery, Webhook, WebhookTest, WebhookWithSecret};

use super::details::{pairs, yes};
use super::grid::{self, Grid};
use super::screen::Screen;
use super::words::word;

/// Webhooks, a row each.
pub(super) fn webhooks(screen: &Screen, webhooks: &[Webhook]) -> String {
    let header = ["ID", "URL", "EVENTS", "FORMAT", "PENDING", "LAST DELIVERED", "PAUSED"];
    let mut grid = Grid::new(screen, &header, &["FORMAT"]);
    for webhook in webhooks {
        grid.row([
            grid::id(webhook.id),
            grid::text(&webhook.url),
            grid::text(webhook.events.join(" ")),
            grid::word(word(&webhook.format)),
            grid::word(webhook.pending.to_string()),
            grid::word(screen.time(webhook.last_delivered_at)),
            grid::word(yes(webhook.paused)),
        ]);
    }
    grid.text()
}

/// One webhook.
pub(super) fn webhook(screen: &Screen, webhook: &Webhook) -> String {
    let filter = serde_json::to_string(&webhook.filter).unwrap_or_default();
    pairs(
        screen,
        &[
            ("id", webhook.id.to_string()),
            ("url", webhook.url.clone()),
            ("events", webhook.events.join(" ")),
            ("filter", if filter == "{}" { String::new() } else { filter }),
            ("format", word(&webhook.format)),
            ("description", webhook.description.clone().unwrap_or_default()),
            ("paused", yes(webhook.paused)),
            ("reason", webhook.reason.clone().unwrap_or_default()),
            ("created", screen.both(Some(webhook.created_at))),
            ("last delivered", screen.both(webhook.last_delivered_at)),
            ("failing since", screen.both(webhook.failing_since)),
            ("pending", webhook.pending.to_string()),
            (
                "overflowed",
                if webhook.overflowed == 0 { String::new() } else { webhook.overflowed.to_string() },
            ),
        ],
    )
}

/// One that has a new secret, which is never cut: it is shown once.
pub(super) fn with_secret(screen: &Screen, webhook: &WebhookWithSecret) -> String {
    let shown = pairs(
        screen,
        &[
            ("id", webhook.id.to_string()),
            ("url", webhook.url.clone()),
            ("events", webhook.events.join(" ")),
            ("format", word(&webhook.format)),
        ],
    );
    format!("{shown}\nsecret  {}", webhook.secret)
}

/// What became of a test.
pub(super) fn test(screen: &Screen, test: &WebhookTest) -> String {
    pairs(
        screen,
        &[
            ("delivered", if test.delivered { "yes" } else { "no" }.to_owned()),
            ("status", test.status.map(|status| status.to_string()).unwrap_or_default()),
            ("error", test.error.as_ref().map(word).unwrap_or_default()),
            ("took", format!("{:.3} s", test.took_seconds)),
        ],
    )
}

/// Deliveries, a row each.
pub(super) fn deliveries(screen: &Screen, deliveries: &[Delivery]) -> String {
    let header = ["ID", "TYPE", "STATE", "ATTEMPTS", "LAST", "CREATED", "NEXT"];
    let mut grid = Grid::new(screen, &header, &["ATTEMPTS"]);
    for delivery in deliveries {
        let last = delivery.attempts.last().map(|attempt| {
            let status = attempt.status.map(|status| status.to_string());
            let error = attempt.error.as_ref().map(word);
            [status, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
        });
        grid.row([
            grid::id(delivery.id),
            grid::text(&delivery.r#type),
            grid::word(word(&delivery.state)),
            grid::word(delivery.attempts.len().to_string()),
            grid::text(last.unwrap_or_default()),
            grid::word(screen.time(Some(delivery.created_at))),
            grid::word(screen.time(delivery.next_attempt_at)),
        ]);
    }
    grid.text()
}
