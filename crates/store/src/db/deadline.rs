//! How long a call of the store may take.

use std::time::Duration;

/// How long a call takes at the most, all tries together; the contract promises an answer in 10 s.
const DEADLINE: Duration = Duration::from_secs(8);

/// Cuts a call off at the [`DEADLINE`]; one that was cut off is an outage.
pub(crate) async fn deadline<T, E: From<sqlx::Error>>(
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    within(DEADLINE, call).await
}

/// Cuts a call off after `length`; one that was cut off is an outage.
pub(crate) async fn within<T, E: From<sqlx::Error>>(
    length: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(length, call).await.unwrap_or(Err(sqlx::Error::PoolTimedOut.into()))
}
