//! What one client is held to, apart from what its calls are about.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::ends::{Ending, Ends};
use super::unwritten::Unwritten;

/// The time within which calls that were taken back are counted.
const WINDOW: Duration = Duration::from_mins(1);

/// One client, for as long as it is connected.
#[derive(Debug)]
pub(super) struct Client {
    /// How its connection is asked to end.
    pub(super) ends: Ends,
    /// What waits for it.
    pub(super) unwritten: Arc<Unwritten>,
    most_resets: u32,
    resets: Mutex<Resets>,
}

/// Calls of HTTP/2 that were taken back before they were answered.
#[derive(Debug, Default)]
struct Resets {
    count: u32,
    /// The first one that counts.
    since: Option<Instant>,
}

impl Client {
    /// One that may take back so many calls a minute; `unwritten` counts what waits for all clients.
    pub(super) fn new(most_resets: u32, unwritten: Arc<AtomicUsize>) -> Self {
        let unwritten = Arc::new(Unwritten::new(unwritten));
        Self { ends: Ends::default(), unwritten, most_resets, resets: Mutex::default() }
    }

    fn reset(&self) {
        let mut resets = self.resets.lock().unwrap_or_else(PoisonError::into_inner);
        if resets.since.is_none_or(|since| since.elapsed() >= WINDOW) {
            *resets = Resets { count: 0, since: Some(Instant::now()) };
        }
        resets.count = resets.count.saturating_add(1);
        if resets.count > self.most_resets {
            self.ends.ask(Ending::Resets);
        }
    }
}

/// A call of HTTP/2 that has not been answered. One that is dropped was taken back: nothing else ends a call before its answer but the end of its
/// connection.
#[derive(Debug)]
pub(super) struct Unanswered(Option<Arc<Client>>);

impl Unanswered {
    /// A call of this client.
    pub(super) fn of(client: &Arc<Client>) -> Self {
        Self(Some(Arc::clone(client)))
    }

    /// Its answer is being taken.
    pub(super) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(client) = &self.0 {
            client.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::advance;

    use super::*;

    fn is_asked(client: &Client) -> bool {
        client.ends.asked().now_or_never().is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_may_take_back_so_many_calls_a_minute_and_not_one_more() {
        let client = Arc::new(Client::new(2, Arc::default()));
        for _ in 0..2 {
            drop(Unanswered::of(&client));
            Unanswered::of(&client).answered();
        }
        advance(WINDOW).await;
        for _ in 0..2 {
            drop(Unanswered::of(&client));
        }
        assert!(!is_asked(&client));
        drop(Unanswered::of(&client));
        assert!(is_asked(&client));
    }
}
