//! Whether the server takes the worker's key, and how long a worker asks on whose key was good before: keys rotate, and the new one may come
//! after the old one has ended.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a key is refused, after it was taken, until the worker ends.
const LONGEST_REFUSAL: Duration = Duration::from_mins(5);

/// What the server made of the key so far.
#[derive(Debug, Default)]
pub(super) struct Acceptance(Mutex<State>);

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    NeverTaken,
    Taken,
    RefusedSince(Instant),
}

impl Acceptance {
    /// The server answered a dequeue.
    pub(super) fn taken(&self) {
        self.change(|_| State::Taken);
    }

    /// The server answered 401; whether another key may come.
    pub(super) fn refused(&self) -> bool {
        let state = self.change(|state| match state {
            State::Taken => State::RefusedSince(Instant::now()),
            other => other,
        });
        matches!(state, State::RefusedSince(since) if since.elapsed() < LONGEST_REFUSAL)
    }

    /// Nothing that holds the lock can panic half-way.
    fn change(&self, change: impl FnOnce(State) -> State) -> State {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = change(*state);
        *state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_that_was_good_is_tried_again_for_5_minutes_and_another_is_not() {
        let acceptance = Acceptance::default();
        assert!(!acceptance.refused(), "it was never taken");
        acceptance.taken();
        for _ in 0..2 {
            assert!(acceptance.refused());
            tokio::time::advance(LONGEST_REFUSAL.saturating_sub(Duration::from_millis(1))).await;
            assert!(acceptance.refused());
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(!acceptance.refused());
            acceptance.taken();
        }
    }
}
