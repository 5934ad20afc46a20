//! The words of edges: as they are stored, and as people read them.

use windlass_domain::{JobState, When};

/// Why a job is skipped, for people.
pub(crate) fn skip_reason(parent: &str, state: JobState) -> String {
    format!("parent {parent} {}", state.as_str())
}

/// The condition of a stored word.
pub(crate) fn condition(word: &str) -> When {
    When::parse(word).expect("a CHECK holds edges.condition to the known words")
}
