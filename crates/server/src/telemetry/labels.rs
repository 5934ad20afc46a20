//! Words that clients choose, as labels: the first few that come have a label of their own, all others share one. A word that was not used for
//! two hours gives its label to the next that needs one; its series have gone by then (`recorder.rs`).
//!
//! A series costs memory here and in every Prometheus for as long as the process lives, so clients must not be able to make any number of
//! them. Which words are the first is this process's own view; the limits are far above what one system has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use metrics::SharedString;
use windlass_domain::Category;

/// The label of all words beyond the limit; neither a type nor a category is written so by habit.
const OTHER: &str = "other";
/// Types with a label of their own.
const TYPES: usize = 200;
/// Categories with a label of their own, beside the well-known ones.
const CATEGORIES: usize = 20;

/// Seconds for which a word is not used before another one may have its label.
const IDLE: u64 = 7_200;

static KNOWN_TYPES: LazyLock<Words> = LazyLock::new(|| Words::new(TYPES, []));
static KNOWN_CATEGORIES: LazyLock<Words> = LazyLock::new(|| {
    let known = Category::WELL_KNOWN;
    Words::new(known.len() + CATEGORIES, known)
});

/// The label of a type.
pub(super) fn type_label(type_name: &str) -> SharedString {
    KNOWN_TYPES.label(type_name, now())
}

/// The label of an error's category.
pub(super) fn category_label(category: &str) -> SharedString {
    KNOWN_CATEGORIES.label(category, now())
}

/// The types that have a label of their own.
pub(crate) fn known_types() -> Vec<String> {
    KNOWN_TYPES.read().keys().map(ToString::to_string).collect()
}

/// The words that have a label of their own, and when each was last used.
struct Words {
    most: usize,
    known: RwLock<HashMap<Arc<str>, AtomicU64>>,
    /// When it was last looked for one that is idle: not for each of many words that come without a label.
    looked: AtomicU64,
}

impl Words {
    fn new<const N: usize>(most: usize, known: [&str; N]) -> Self {
        // They were never used and are always needed: never idle.
        let known = known.into_iter().map(|word| (Arc::from(word), AtomicU64::new(u64::MAX)));
        Self { most, known: RwLock::new(known.collect()), looked: AtomicU64::new(0) }
    }

    fn label(&self, word: &str, now: u64) -> SharedString {
        let known = self.read();
        if let Some((known, used)) = known.get_key_value(word) {
            if used.load(Ordering::Relaxed) < now {
                used.store(now, Ordering::Relaxed);
            }
            return Arc::clone(known).into();
        }
        let full = known.len() >= self.most;
        drop(known);
        if full && self.looked.swap(now, Ordering::Relaxed) == now {
            return OTHER.into();
        }
        self.learn(word, now)
    }

    /// Gives the word a label of its own: a new one, or that of a word that has been idle for long.
    fn learn(&self, word: &str, now: u64) -> SharedString {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most && !known.contains_key(word) {
            let idle = known.iter().find(|(_, used)| used.load(Ordering::Relaxed).saturating_add(IDLE) < now);
            let Some(idle) = idle.map(|(word, _)| Arc::clone(word)) else { return OTHER.into() };
            known.remove(&idle);
        }
        let word: Arc<str> = word.into();
        known.insert(Arc::clone(&word), AtomicU64::new(now));
        word.into()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Arc<str>, AtomicU64>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since the first call.
fn now() -> u64 {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGIN.elapsed().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beyond_the_limit_are_one_and_known_ones_stay_themselves() {
        let words = Words::new(3, ["known"]);
        let labels = ["a", "b", "c", "a", "known", "d"].map(|word| words.label(word, 1).to_string());
        assert_eq!(labels, ["a", "b", OTHER, "a", "known", OTHER]);
    }

    #[test]
    fn a_word_that_was_not_used_for_long_gives_its_label_to_another() {
        let words = Words::new(3, ["known"]);
        assert_eq!(["a", "b"].map(|word| words.label(word, 1).to_string()), ["a", "b"]);
        assert_eq!(words.label("a", IDLE).to_string(), "a");
        assert_eq!(words.label("c", 1 + IDLE).to_string(), OTHER, "b has been idle for just as long");
        assert_eq!(words.label("c", 2 + IDLE).to_string(), "c");
        assert_eq!(
            ["a", "b", "known"].map(|word| words.label(word, 3 + IDLE).to_string()),
            ["a", OTHER, "known"]
        );
    }
}
