//! How many calls each key may make: a bucket of one second a key and server, whichever of its texts is shown.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Counts the calls of one key.
pub(super) type Limiter = DefaultDirectRateLimiter;

/// The limiters of the keys that are known, by their numbers. A key's rate never changes.
#[derive(Debug, Default)]
pub(super) struct Limiters(Mutex<HashMap<i32, Weak<Limiter>>>);

impl Limiters {
    /// That of a key which may make so many calls in a second; `None`: any number.
    pub(super) fn of(&self, number: i32, most: Option<u32>) -> Option<Arc<Limiter>> {
        let most = most.and_then(NonZeroU32::new)?;
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = limiters.get(&number).and_then(Weak::upgrade) {
            return Some(limiter);
        }
        limiters.retain(|_, limiter| limiter.strong_count() > 0);
        let limiter = Arc::new(RateLimiter::direct(Quota::per_second(most)));
        limiters.insert(number, Arc::downgrade(&limiter));
        Some(limiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_bucket_however_often_it_is_looked_up() {
        let limiters = Limiters::default();
        let (one, again) = (limiters.of(1, Some(2)).unwrap(), limiters.of(1, Some(2)).unwrap());
        assert!(one.check().is_ok() && again.check().is_ok());
        assert!(one.check().is_err() && again.check().is_err());
        assert!(limiters.of(2, Some(2)).unwrap().check().is_ok(), "another key has its own");
        assert!(limiters.of(3, None).is_none());
    }
}
