//! The texts by which calls came that go on for long. Who looks after them is in [`watch`](super::watch).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::credential::Hash;

/// The texts that are looked after. A token is cancelled when its text is no longer good.
#[derive(Default)]
pub(super) struct Watches(Mutex<HashMap<Hash, Arc<CancellationToken>>>);

impl Watches {
    /// The token of a text; whether it is a new one, which nobody looks after yet.
    pub(super) fn join(&self, hash: Hash) -> (Arc<CancellationToken>, bool) {
        let mut watched = self.lock();
        if let Some(token) = watched.get(&hash) {
            return (Arc::clone(token), false);
        }
        let token = Arc::<CancellationToken>::default();
        watched.insert(hash, Arc::clone(&token));
        (token, true)
    }

    /// Whether a call holds the token; it is forgotten if none does.
    pub(super) fn is_held(&self, hash: &Hash) -> bool {
        let mut watched = self.lock();
        let held = watched.get(hash).is_some_and(|token| Arc::strong_count(token) > 1);
        if !held {
            watched.remove(hash);
        }
        held
    }

    /// Ends what goes on by this text.
    pub(super) fn end(&self, hash: &Hash) {
        if let Some(token) = self.lock().remove(hash) {
            token.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Arc<CancellationToken>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_after_once_and_as_long_as_a_call_came_by_it() {
        let (watches, one) = (Watches::default(), [1; 32]);
        let (token, is_new) = watches.join(one);
        assert!(is_new && watches.is_held(&one));
        let (same, is_new) = watches.join(one);
        assert!(!is_new && Arc::ptr_eq(&token, &same));
        drop(token);
        assert!(watches.is_held(&one));
        drop(same);
        assert!(!watches.is_held(&one));
        assert!(watches.join(one).1, "it was forgotten");
    }

    #[test]
    fn an_end_is_that_of_the_calls_of_before_only() {
        let (watches, one) = (Watches::default(), [1; 32]);
        let (before, _) = watches.join(one);
        watches.end(&one);
        assert!(before.is_cancelled() && !watches.is_held(&one));
        assert!(!watches.join(one).0.is_cancelled(), "as of a bootstrap key that is set again");
    }
}
