//! Which templates render slowly, and how many of these may be rendered at once, so that they hold no others up.
//!
//! A template that renders quickly passes. Any other, one that is not known yet among them, holds one place at the most; those that are known to be
//! slow hold half of all places together, however many they are. What is known is forgotten with the process, and by version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// More processor time is slow.
const SLOW: Duration = Duration::from_millis(250);
/// How long a template that is not known yet is waited for, if somebody finds out just now.
const BRIEF: Duration = Duration::from_millis(100);
/// Versions of templates that are known at once.
const MOST: usize = 10_000;

/// A template's name and version.
pub(super) type Key = (String, i32);

/// How quickly templates render, as far as was seen.
#[derive(Debug)]
pub(super) struct Pace {
    known: Mutex<HashMap<Key, Known>>,
    slow: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
struct Known {
    /// `None`: it was not seen yet.
    is_slow: Option<bool>,
    /// For one at a time.
    own: Arc<Semaphore>,
}

/// The right to render a template now; lasts as long as this.
#[derive(Debug, Default)]
pub(super) struct Turn {
    _own: Option<OwnedSemaphorePermit>,
    _slow: Option<OwnedSemaphorePermit>,
}

impl Pace {
    /// Of so many places.
    pub(super) fn new(places: usize) -> Self {
        Self { known: Mutex::default(), slow: Arc::new(Semaphore::new((places / 2).max(1))) }
    }

    /// `None`: it would hold others up, and is to be tried later.
    pub(super) async fn enter(&self, key: &Key) -> Option<Turn> {
        let known = self.look(key);
        match known.is_slow {
            Some(false) => Some(Turn::default()),
            Some(true) => self.enter_slow(known.own),
            None => {
                let own = tokio::time::timeout(BRIEF, known.own.acquire_owned()).await.ok()?.ok()?;
                match self.look(key).is_slow {
                    Some(false) => Some(Turn::default()),
                    Some(true) => self.take_slow(own),
                    None => Some(Turn { _own: Some(own), _slow: None }),
                }
            }
        }
    }

    /// Notes how much processor time a rendering took.
    pub(super) fn note(&self, key: Key, took: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(key).or_default().is_slow = Some(took > SLOW);
    }

    fn look(&self, key: &Key) -> Known {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(key) {
            known.clear();
        }
        known.entry(key.clone()).or_default().clone()
    }

    fn enter_slow(&self, own: Arc<Semaphore>) -> Option<Turn> {
        self.take_slow(own.try_acquire_owned().ok()?)
    }

    fn take_slow(&self, own: OwnedSemaphorePermit) -> Option<Turn> {
        let slow = Arc::clone(&self.slow).try_acquire_owned().ok()?;
        Some(Turn { _own: Some(own), _slow: Some(slow) })
    }
}

/// The processor time of this thread so far. By the clock all would be slow where the machine is busy.
pub(super) fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

impl Default for Known {
    fn default() -> Self {
        Self { is_slow: None, own: Arc::new(Semaphore::new(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        (name.to_owned(), 1)
    }

    async fn enter(pace: &Pace, name: &str) -> Option<Turn> {
        pace.enter(&key(name)).await
    }

    #[tokio::test(start_paused = true)]
    async fn slow_templates_hold_half_of_the_places_and_one_each() {
        let pace = Pace::new(4);
        for name in ["a", "b", "c"] {
            pace.note(key(name), SLOW * 2);
        }
        let first = enter(&pace, "a").await.unwrap();
        assert!(enter(&pace, "a").await.is_none(), "one each");
        let _second = enter(&pace, "b").await.unwrap();
        assert!(enter(&pace, "c").await.is_none(), "half of four");
        pace.note(key("quick"), SLOW);
        let quick: Vec<_> = futures_util::future::join_all((0..9).map(|_| enter(&pace, "quick"))).await;
        assert!(quick.iter().all(Option::is_some));
        drop(first);
        assert!(enter(&pace, "c").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_not_known_is_tried_once_while_others_wait_briefly() {
        let pace = Pace::new(4);
        let first = enter(&pace, "new").await.unwrap();
        assert!(enter(&pace, "new").await.is_none(), "after a while");
        let (second, ()) = tokio::join!(enter(&pace, "new"), async {
            pace.note(key("new"), SLOW / 10);
            drop(first);
        });
        assert!(second.is_some(), "it is known to be quick meanwhile");
        let pace = Pace::new(2);
        let first = enter(&pace, "new").await.unwrap();
        let (second, ()) = tokio::join!(enter(&pace, "new"), async {
            pace.note(key("new"), SLOW * 2);
            drop(first);
        });
        let second = second.unwrap();
        assert!(enter(&pace, "new").await.is_none(), "it is known to be slow, and under way");
        drop(second);
        pace.note(key("new"), SLOW / 10);
        assert!(enter(&pace, "new").await.is_some(), "one quick rendering is enough");
    }
}
