//! Calls to the store that are not batched, within the time that the contract allows them.

use std::time::Duration;

use tracing::Instrument;
use windlass_store as store;

use super::error::Error;
use crate::health::Health;

/// How long a call may need the database before it fails as unavailable. The store's own deadlines are shorter; this one
/// holds whatever they miss.
pub(crate) const DATABASE_DEADLINE: Duration = Duration::from_millis(8_500);

/// A call to the store, within the time that the contract allows it.
///
/// # Errors
/// What the store refused; [`Error::Unavailable`] when it did not answer in time.
pub(crate) fn within<T>(
    call: impl Future<Output = Result<T, store::Error>>,
) -> impl Future<Output = Result<T, Error>> {
    // The store's futures are large; boxed here, they do not make every handler's as large.
    let call = tokio::time::timeout(DATABASE_DEADLINE, Box::pin(call));
    async { call.await.map_or_else(|_| Err(Error::Unavailable), |result| Ok(result?)) }
}

/// A call to the store that may take long while the database is well: a retry by hand rewrites every task that it
/// brings back, and the store allows it two minutes. It goes on when its client does not wait, so that a repeat finds
/// it done instead of waiting behind it.
///
/// # Errors
/// What the store refused; [`Error::Unavailable`] once the database is away.
pub(crate) async fn detached<T: Send + 'static>(
    health: &Health,
    call: impl Future<Output = Result<T, store::Error>> + Send + 'static,
) -> Result<T, Error> {
    let call = tokio::spawn(call.in_current_span());
    tokio::select! {
        answer = call => Ok(answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?),
        () = health.database_is_away() => Err(Error::Unavailable),
    }
}
