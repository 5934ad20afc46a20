//! Writes down what became of attempts, of several at once.
//!
//! An attempt counts while its claim is the present one. Of one whose claim ran out, and was taken over, nothing is written: the delivery is made
//! again, at least once.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{AttemptError, DeliveryState, seconds};

use super::failing::{PausedItself, pause_failing};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// The receiver has taken it.
    Delivered,
    /// It did not succeed, and is made again after so long; `None`: it was the last one.
    Failed {
        /// Why.
        error: AttemptError,
        /// After how long it is made again.
        again: Option<Duration>,
        /// The receiver has said that it is gone for good.
        gone: bool,
    },
    /// It was not made: this server cannot. It is put off by so long.
    PutOff(Duration),
}

/// An attempt that has ended.
#[derive(Debug, Clone, Copy)]
pub struct FinishedAttempt {
    /// The delivery.
    pub id: Uuid,
    /// Which claim of it.
    pub claim: Uuid,
    /// Its webhook.
    pub webhook_id: Uuid,
    /// The slot that it filled.
    pub slot: i16,
    /// Nothing of its run is under way any more: the slot is free.
    pub ends_run: bool,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// What attempts mean for their webhook.
#[derive(Default)]
struct Sum {
    ended: i64,
    delivered: bool,
    failures: i64,
    slow: Option<bool>,
    gone: bool,
}

impl Outcome {
    fn state(self) -> DeliveryState {
        match self {
            Self::Delivered => DeliveryState::Delivered,
            Self::Failed { again: None, .. } => DeliveryState::Failed,
            Self::Failed { again: Some(_), .. } | Self::PutOff(_) => DeliveryState::Pending,
        }
    }

    fn again(self) -> Option<Duration> {
        match self {
            Self::Delivered => None,
            Self::Failed { again, .. } => again,
            Self::PutOff(length) => Some(length),
        }
    }

    fn error(self) -> Option<AttemptError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            Self::Delivered | Self::PutOff(_) => None,
        }
    }
}

impl Store {
    /// Writes down how attempts ended, and frees their slots. Answers the webhooks that have paused themselves because of that.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn finish_attempts(&self, finished: &[FinishedAttempt]) -> Result<Vec<PausedItself>, Error> {
        transact!(self, work => finish(&mut work, finished).await).await
    }
}

async fn finish(work: &mut Work, finished: &[FinishedAttempt]) -> Result<Vec<PausedItself>, Interrupt> {
    let counted = write(work, finished).await?;
    let mut sums: BTreeMap<Uuid, Sum> = BTreeMap::new();
    for attempt in finished.iter().filter(|attempt| counted.contains(&attempt.id)) {
        let sum = sums.entry(attempt.webhook_id).or_default();
        sum.add(attempt.outcome);
    }
    free(work, finished).await?;
    add_up(work, &sums).await?;
    let gone: Vec<Uuid> = sums.iter().filter(|(_, sum)| sum.gone).map(|(id, _)| *id).collect();
    let failing: Vec<Uuid> = sums.iter().filter(|(_, sum)| sum.failures > 0).map(|(id, _)| *id).collect();
    Ok(pause_failing(work, &gone, &failing).await?)
}

impl Sum {
    fn add(&mut self, outcome: Outcome) {
        self.ended += i64::from(outcome.state() != DeliveryState::Pending);
        match outcome {
            Outcome::Delivered => {
                self.delivered = true;
                // What failed before it does not count any more.
                self.failures = 0;
                self.slow = Some(false);
            }
            Outcome::Failed { error, gone, .. } => {
                self.failures += 1;
                self.slow = Some(error == AttemptError::Timeout);
                self.gone |= gone;
            }
            Outcome::PutOff(_) => {}
        }
    }
}

/// The deliveries whose claim was the present one.
async fn write(work: &mut Work, finished: &[FinishedAttempt]) -> Result<HashSet<Uuid>, sqlx::Error> {
    let id = |value: fn(&FinishedAttempt) -> Uuid| -> Vec<Uuid> { finished.iter().map(value).collect() };
    let texts: Vec<String> = finished.iter().map(|one| one.outcome.state().as_str().to_owned()).collect();
    let errors: Vec<Option<String>> =
        finished.iter().map(|one| one.outcome.error().map(|error| error.as_str().to_owned())).collect();
    let statuses: Vec<Option<i16>> =
        finished.iter().map(|one| one.status.and_then(|status| i16::try_from(status).ok())).collect();
    let rows = sqlx::query_file!(
        "src/webhooks/finish.sql",
        &id(|one| one.id),
        &id(|one| one.claim),
        &texts,
        &finished.iter().map(|one| one.outcome.again().map(seconds)).collect::<Vec<_>>() as &[Option<f64>],
        &finished.iter().map(|one| one.at).collect::<Vec<_>>(),
        &statuses as &[Option<i16>],
        &errors as &[Option<String>],
        &finished.iter().map(|one| seconds(one.took)).collect::<Vec<_>>(),
        &finished.iter().map(|one| !matches!(one.outcome, Outcome::PutOff(_))).collect::<Vec<_>>(),
    );
    Ok(rows.fetch_all(work.sql()).await?.into_iter().map(|row| row.id).collect())
}

/// A slot that was given up and filled anew has another claim.
async fn free(work: &mut Work, finished: &[FinishedAttempt]) -> Result<(), sqlx::Error> {
    let last: Vec<&FinishedAttempt> = finished.iter().filter(|one| one.ends_run).collect();
    if last.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE webhook_slots s SET claim = NULL, taken_until = '-infinity'
         FROM unnest($1::uuid[], $2::smallint[], $3::uuid[]) AS f (webhook_id, slot, claim)
         WHERE s.webhook_id = f.webhook_id AND s.slot = f.slot AND s.claim = f.claim",
        &last.iter().map(|one| one.webhook_id).collect::<Vec<_>>(),
        &last.iter().map(|one| one.slot).collect::<Vec<_>>(),
        &last.iter().map(|one| one.claim).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn add_up(work: &mut Work, sums: &BTreeMap<Uuid, Sum>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = sums.keys().copied().collect();
    // In the order of their ids, as everybody takes several.
    sqlx::query!(
        "SELECT webhook_id FROM webhook_progress WHERE webhook_id = ANY($1) ORDER BY webhook_id FOR NO KEY UPDATE",
        &ids,
    )
    .fetch_all(work.sql())
    .await?;
    sqlx::query!(
        "UPDATE webhook_progress p SET
             pending = greatest(0, p.pending - s.ended),
             last_delivered_at = CASE WHEN s.delivered THEN windlass_now() ELSE p.last_delivered_at END,
             failing_since = CASE
                 WHEN s.failures > 0 THEN CASE WHEN s.delivered THEN windlass_now() ELSE coalesce(p.failing_since, windlass_now()) END
                 WHEN s.delivered THEN NULL ELSE p.failing_since
             END,
             failures = CASE WHEN s.delivered THEN 0 ELSE p.failures END + s.failures,
             paused_seconds = CASE WHEN s.delivered THEN 0 ELSE p.paused_seconds END,
             slow = coalesce(s.slow, p.slow)
         FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bigint[], $5::boolean[])
             AS s (webhook_id, ended, delivered, failures, slow)
         WHERE p.webhook_id = s.webhook_id",
        &ids,
        &sums.values().map(|sum| sum.ended).collect::<Vec<_>>(),
        &sums.values().map(|sum| sum.delivered).collect::<Vec<_>>(),
        &sums.values().map(|sum| sum.failures).collect::<Vec<_>>(),
        &sums.values().map(|sum| sum.slow).collect::<Vec<_>>() as &[Option<bool>],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
