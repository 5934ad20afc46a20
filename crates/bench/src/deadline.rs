//! Waiting for what must come: looks again and again, but not for ever.

use std::time::{Duration, Instant};

use crate::error::BenchError;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// How long something is waited for.
pub(crate) struct Deadline {
    what: String,
    length: Duration,
    begun: Instant,
}

impl Deadline {
    /// Begins to wait for `what`, at most for `length`.
    pub(crate) fn new(what: impl Into<String>, length: Duration) -> Self {
        Self { what: what.into(), length, begun: Instant::now() }
    }

    /// The pause before the next look.
    ///
    /// # Errors
    /// The time is over.
    pub(crate) async fn pause(&self) -> Result<(), BenchError> {
        if self.begun.elapsed() > self.length {
            return Err(BenchError::Unexpected(format!("not within {:?}: {}", self.length, self.what)));
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }
}
