//! What one client is held to, apart from what its calls are about.

use std::collections::VecDeque;
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

/// When calls of HTTP/2 were taken back before they were answered, of the last minute, in their order. All of them, and not how many there were in fixed
/// minutes or how fast they came on average: around the end of such a minute, or after a pause, twice the bound would pass.
type Resets = VecDeque<Instant>;

impl Client {
    /// One that may take back so many calls a minute; `unwritten` counts what waits for all clients.
    pub(super) fn new(most_resets: u32, unwritten: Arc<AtomicUsize>) -> Self {
        let unwritten = Arc::new(Unwritten::new(unwritten));
        Self { ends: Ends::default(), unwritten, most_resets, resets: Mutex::default() }
    }

    fn reset(&self) {
        let mut resets = self.resets.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while resets.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            resets.pop_front();
        }
        if resets.len() >= self.most_resets as usize {
            self.ends.ask(Ending::Resets);
        } else {
            resets.push_back(now);
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

    #[tokio::test(start_paused = true)]
    async fn no_minute_has_more_of_them_wherever_it_begins() {
        let client = Arc::new(Client::new(2, Arc::default()));
        drop(Unanswered::of(&client));
        advance(Duration::from_secs(59)).await;
        drop(Unanswered::of(&client));
        advance(Duration::from_secs(2)).await;
        drop(Unanswered::of(&client));
        assert!(!is_asked(&client), "the first was more than a minute ago");
        drop(Unanswered::of(&client));
        assert!(is_asked(&client), "and the second was not");
    }
}
