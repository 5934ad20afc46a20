//! Whether there is any webhook: while there is none, nothing else is asked.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use windlass_store::{Error, Store, WebhookNumbers};

/// How long what was seen is believed: longer than the second between two looks for schedules, which tell of webhooks as well.
const LOOK_EVERY: Duration = Duration::from_millis(1_500);

/// What this server knows of webhooks.
#[derive(Debug, Default)]
pub(crate) struct KnownWebhooks {
    seen: Mutex<Option<(Instant, bool)>>,
    numbers: Mutex<Option<WebhookNumbers>>,
}

impl KnownWebhooks {
    /// Whether there is any, or was a moment ago.
    ///
    /// # Errors
    /// What the store fails with.
    pub(crate) async fn are_any(&self, store: &Store) -> Result<bool, Error> {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, any)) = seen
            && at.elapsed() < LOOK_EVERY
        {
            return Ok(any);
        }
        let any = store.has_webhooks().await?;
        self.saw(any);
        Ok(any)
    }

    /// Notes whether there was any just now.
    pub(crate) fn saw(&self, any: bool) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), any));
    }

    /// How they were doing when that was last asked; `None`: it never was, or failed.
    pub(crate) fn numbers(&self) -> Option<WebhookNumbers> {
        *self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how they are doing.
    pub(crate) fn note(&self, numbers: Option<WebhookNumbers>) {
        *self.numbers.lock().unwrap_or_else(PoisonError::into_inner) = numbers;
    }
}
