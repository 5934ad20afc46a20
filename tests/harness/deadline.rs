//! Conditions with a deadline, instead of sleeps.

use std::time::{Duration, Instant};

/// How long a test waits for what the contract promises within two seconds, on a machine that is busy with other tests.
pub const LONG: Duration = Duration::from_secs(20);

/// Asks again until the condition holds, and returns what it found.
///
/// Between two looks it yields for a moment, so that a server in the same process gets on; the moment decides nothing.
#[track_caller]
pub fn eventually<F, T>(what: &str, look: impl FnMut() -> F) -> impl Future<Output = T>
where
    F: Future<Output = Option<T>>,
{
    let caller = std::panic::Location::caller();
    poll(format!("{what} ({caller})"), look)
}

async fn poll<F, T>(what: String, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < LONG, "not within {LONG:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
