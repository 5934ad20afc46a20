//! Attempts of deliveries.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use windlass_domain::{WebhookFormat, delay_after};
use windlass_store::{ClaimedDelivery, DeliveryOutcome, FinishedAttempt, StoredSecrets};

use super::body::message_id;
use crate::outbound::{Call, Called, Client, Secret, SecretKeys, Unopened};

/// The status by which a receiver says that it is gone for good.
const GONE: u16 = 410;
/// How long a delivery is put off that this server cannot sign; another one may.
const PUT_OFF: Duration = Duration::from_secs(5);

/// How long after its claim was asked for the first attempt of a run may begin: with the 15 s of a call it ends before its claim does.
const LATEST_FIRST: Duration = Duration::from_secs(3);
/// And one that waits for those before it: changes and pauses hold within 2 s.
const LATEST: Duration = Duration::from_secs(1);
/// How long a receiver may take to get the next delivery of its run.
const QUICK: Duration = Duration::from_millis(250);

/// Makes attempts one after another while each succeeds quickly, and tells what becomes of each delivery. Those that it does not come to are given back,
/// while the one that takes long is still under way.
pub(crate) async fn attempts(
    client: &Client,
    keys: &SecretKeys,
    run: Vec<ClaimedDelivery>,
    asked: Instant,
    tell: impl Fn(FinishedAttempt) + Send,
) {
    let (mut left, mut back, mut latest) = (VecDeque::from(run), None, LATEST_FIRST);
    while let Some(mut delivery) = left.pop_front() {
        let waited = asked.elapsed();
        let back_for = back.or_else(|| (waited > latest).then_some(Duration::ZERO));
        if let Some(length) = back_for {
            tell(FinishedAttempt { ends_run: left.is_empty(), ..given_back(&delivery, length) });
            continue;
        }
        latest = LATEST;
        delivery.claimed_at += waited;
        let mut attempt = pin!(attempt(client, keys, &delivery));
        let ended = if let Ok(ended) = timeout(QUICK, &mut attempt).await {
            ended
        } else {
            left.drain(..).for_each(|delivery| tell(given_back(&delivery, Duration::ZERO)));
            attempt.await
        };
        back = match ended.outcome {
            DeliveryOutcome::Delivered => None,
            // What this server cannot sign, it cannot sign.
            DeliveryOutcome::PutOff(length) => Some(length),
            DeliveryOutcome::Failed { .. } => Some(Duration::ZERO),
        };
        tell(FinishedAttempt { ends_run: left.is_empty(), ..ended });
    }
}

/// Makes an attempt, and says what becomes of the delivery.
async fn attempt(client: &Client, keys: &SecretKeys, delivery: &ClaimedDelivery) -> FinishedAttempt {
    let secrets = match open(keys, &delivery.to) {
        Ok(secrets) => secrets,
        Err(error) => {
            tracing::warn!(webhook_id = %delivery.to.webhook_id, %error, "a delivery is put off");
            return finished(delivery, None, DeliveryOutcome::PutOff(PUT_OFF), Duration::ZERO);
        }
    };
    let format = WebhookFormat::parse(&delivery.to.format).unwrap_or(WebhookFormat::Standard);
    let call = Call {
        url: &delivery.to.url,
        id: message_id(delivery.id),
        at: delivery.claimed_at,
        media_type: format.media_type(),
        body: delivery.body.clone(),
        secrets: &secrets,
    };
    let called = client.call(call).await;
    finished(delivery, called.status, outcome(&called, delivery.failures), called.took)
}

fn given_back(delivery: &ClaimedDelivery, length: Duration) -> FinishedAttempt {
    finished(delivery, None, DeliveryOutcome::PutOff(length), Duration::ZERO)
}

fn finished(
    delivery: &ClaimedDelivery,
    status: Option<u16>,
    outcome: DeliveryOutcome,
    took: Duration,
) -> FinishedAttempt {
    FinishedAttempt {
        id: delivery.id,
        claim: delivery.claim,
        webhook_id: delivery.to.webhook_id,
        slot: delivery.slot,
        ends_run: false,
        at: delivery.claimed_at,
        status,
        outcome,
        took,
    }
}

/// What becomes of a delivery after so many failures before this call.
fn outcome(called: &Called, failures: u32) -> DeliveryOutcome {
    let Some(error) = called.error else { return DeliveryOutcome::Delivered };
    let gone = called.status == Some(GONE);
    let again = if gone {
        None
    } else {
        delay_after(failures.saturating_add(1), called.retry_after, fastrand::f64())
    };
    DeliveryOutcome::Failed { error, again, gone }
}

/// The secrets that sign: the newest, and the one before while they overlap.
///
/// # Errors
/// No key of this server opens one.
pub(super) fn open(keys: &SecretKeys, stored: &StoredSecrets) -> Result<Vec<Secret>, Unopened> {
    let mut secrets = vec![keys.open(stored.webhook_id, &stored.secret)?];
    if let Some(previous) = stored.previous.as_ref().filter(|_| stored.overlaps) {
        secrets.push(keys.open(stored.webhook_id, previous)?);
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use windlass_domain::AttemptError;

    use super::*;

    fn called(status: Option<u16>, error: Option<AttemptError>, retry_after: Option<u64>) -> Called {
        Called { status, error, retry_after: retry_after.map(Duration::from_secs), took: Duration::ZERO }
    }

    #[test]
    fn a_success_ends_a_delivery_and_a_failure_its_schedule() {
        assert_eq!(outcome(&called(Some(204), None, None), 3), DeliveryOutcome::Delivered);
        let failed = called(Some(500), Some(AttemptError::HttpStatus), None);
        for failures in 0..10 {
            let DeliveryOutcome::Failed { again: Some(_), gone: false, .. } = outcome(&failed, failures)
            else {
                panic!("it is tried again after {failures}")
            };
        }
        let last = DeliveryOutcome::Failed { error: AttemptError::HttpStatus, again: None, gone: false };
        assert_eq!(outcome(&failed, 10), last);
        let asked = called(Some(429), Some(AttemptError::HttpStatus), Some(7));
        let again = Some(Duration::from_secs(7));
        let expected = DeliveryOutcome::Failed { error: AttemptError::HttpStatus, again, gone: false };
        assert_eq!(outcome(&asked, 4), expected);
    }

    #[test]
    fn a_receiver_that_is_gone_is_not_tried_again_whatever_it_asks() {
        let gone = called(Some(410), Some(AttemptError::HttpStatus), Some(7));
        let expected = DeliveryOutcome::Failed { error: AttemptError::HttpStatus, again: None, gone: true };
        assert_eq!(outcome(&gone, 0), expected);
    }
}
