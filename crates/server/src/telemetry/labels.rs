//! Words that clients choose, as labels: the first few that come have a label of their own, all others share one.
//!
//! A series costs memory here and in every Prometheus for as long as the process lives, so clients must not be able to make any number of
//! them. Which words are the first is this process's own view; the limits are far above what one system has.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use metrics::SharedString;
use windlass_domain::Category;

/// The label of all words beyond the limit; neither a type nor a category is written so by habit.
const OTHER: &str = "other";
/// Types with a label of their own.
const TYPES: usize = 200;
/// Categories with a label of their own, beside the well-known ones.
const CATEGORIES: usize = 20;

static KNOWN_TYPES: LazyLock<Words> = LazyLock::new(|| Words::new(TYPES, []));
static KNOWN_CATEGORIES: LazyLock<Words> = LazyLock::new(|| {
    let known = Category::WELL_KNOWN;
    Words::new(known.len() + CATEGORIES, known)
});

/// The label of a type.
pub(super) fn type_label(type_name: &str) -> SharedString {
    KNOWN_TYPES.label(type_name)
}

/// The label of an error's category.
pub(super) fn category_label(category: &str) -> SharedString {
    KNOWN_CATEGORIES.label(category)
}

/// The words that have a label of their own.
struct Words {
    most: usize,
    known: RwLock<HashSet<Arc<str>>>,
}

impl Words {
    fn new<const N: usize>(most: usize, known: [&str; N]) -> Self {
        Self { most, known: RwLock::new(known.into_iter().map(Arc::from).collect()) }
    }

    fn label(&self, word: &str) -> SharedString {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(word) {
            return Arc::clone(known).into();
        }
        let full = known.len() >= self.most;
        drop(known);
        if full { OTHER.into() } else { self.learn(word) }
    }

    fn learn(&self, word: &str) -> SharedString {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most && !known.contains(word) {
            return OTHER.into();
        }
        let word: Arc<str> = word.into();
        known.insert(Arc::clone(&word));
        word.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beyond_the_limit_are_one_and_known_ones_stay_themselves() {
        let words = Words::new(3, ["known"]);
        let labels = ["a", "b", "c", "a", "known", "d"].map(|word| words.label(word).to_string());
        assert_eq!(labels, ["a", "b", OTHER, "a", "known", OTHER]);
    }
}
