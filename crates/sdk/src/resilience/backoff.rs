//! Trying again, ever more slowly, without all clients doing so at once.

use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};

use crate::Error;

/// The longest that a server's `Retry-After` is heeded.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(1);

/// How a safe call is repeated while its failure is one that passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The delay before the first repetition; each further one is twice as long. Default 100 ms.
    pub min_delay: Duration,
    /// The longest delay. Default 5 s.
    pub max_delay: Duration,
    /// All delays together; a call fails when the next one would exceed this. Default 15 s; zero never repeats.
    pub total_delay: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            min_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(5),
            total_delay: Duration::from_secs(15),
        }
    }
}

impl Backoff {
    /// Repeats nothing.
    pub const NEVER: Self =
        Self { min_delay: Duration::ZERO, max_delay: Duration::ZERO, total_delay: Duration::ZERO };

    fn build(self) -> impl BackoffBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_factor(2.0)
            .with_jitter()
            .without_max_times()
            .with_total_delay(Some(self.total_delay))
    }
}

/// What a repetition would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safety {
    /// A second call has no further effect: it reads, or a token or key makes it count once.
    Safe,
    /// A second call may do a second thing: repeated only when the first surely did nothing.
    Unsafe,
}

/// Makes a call until it succeeds, fails for good, or `backoff` is used up.
pub(crate) async fn repeat<T, F, Fut>(backoff: Backoff, safety: Safety, call: F) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    if backoff.total_delay.is_zero() {
        let mut call = call;
        return call().await;
    }
    call.retry(backoff.build())
        .when(|error| error.changed_nothing() || (safety == Safety::Safe && error.is_transient()))
        .adjust(|error, delay| {
            let asked = error.retry_after().unwrap_or_default().min(LONGEST_RETRY_AFTER);
            delay.map(|delay| delay.max(asked))
        })
        .notify(|error, delay| {
            tracing::debug!(?delay, error = error as &dyn std::error::Error, "trying again");
        })
        .await
}
