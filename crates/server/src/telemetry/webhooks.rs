//! Webhooks: attempts at this server, and how all of them are doing.

use windlass_domain::AttemptError;
use windlass_store::{DeliveryOutcome, FinishedAttempt, PausedItself, WebhookNumbers};

use super::catalogue::{
    DELIVERIES_OVERFLOWED, DELIVERIES_PENDING, DELIVERY_ATTEMPT_SECONDS, DELIVERY_ATTEMPTS, WEBHOOK_PAUSES,
    WEBHOOK_UNREAD, WEBHOOKS_FAILING, WEBHOOKS_PAUSED,
};
use super::text::Text;

/// Counts an attempt that was made.
pub(crate) fn count_delivery_attempt(finished: &FinishedAttempt) {
    let outcome = match finished.outcome {
        DeliveryOutcome::Delivered => "delivered",
        DeliveryOutcome::Failed { error, .. } => error.as_str(),
        DeliveryOutcome::PutOff(_) => return,
    };
    metrics::counter!(DELIVERY_ATTEMPTS, "outcome" => outcome).increment(1);
    metrics::histogram!(DELIVERY_ATTEMPT_SECONDS).record(finished.took.as_secs_f64());
}

/// Counts deliveries that are not tried, because too many are pending.
pub(crate) fn count_overflow(deliveries: usize) {
    metrics::counter!(DELIVERIES_OVERFLOWED).increment(deliveries as u64);
}

/// Counts a webhook that has paused itself.
pub(crate) fn count_paused_webhook(cause: PausedItself) {
    metrics::counter!(WEBHOOK_PAUSES, "cause" => word(cause)).increment(1);
}

fn word(cause: PausedItself) -> &'static str {
    match cause {
        PausedItself::Gone(_) => "gone",
        PausedItself::Failing(_) => "failing",
    }
}

/// Has every outcome known while it is zero: a rate has no beginning otherwise.
pub(crate) fn begin_webhooks() {
    let outcomes = AttemptError::ALL.map(AttemptError::as_str).into_iter();
    let outcomes = outcomes.filter(|word| !["interrupted", "overflow"].contains(word));
    for outcome in outcomes.chain(["delivered"]) {
        metrics::counter!(DELIVERY_ATTEMPTS, "outcome" => outcome).absolute(0);
    }
    for cause in ["gone", "failing"] {
        metrics::counter!(WEBHOOK_PAUSES, "cause" => cause).absolute(0);
    }
    metrics::counter!(DELIVERIES_OVERFLOWED).absolute(0);
}

/// How webhooks are doing, as Prometheus text; zeros where there is none.
pub(crate) fn render_webhooks(numbers: WebhookNumbers) -> String {
    let mut text = Text::default();
    text.gauge(DELIVERIES_PENDING, [(vec![], numbers.pending)]);
    text.gauge(WEBHOOKS_PAUSED, [(vec![], numbers.paused_itself)]);
    text.gauge(WEBHOOKS_FAILING, [(vec![], numbers.failing)]);
    text.gauge(WEBHOOK_UNREAD, [(vec![], numbers.unread)]);
    text.into_string()
}
