//! Types seen with a limit: only their reports free capacity that somebody may be waiting for.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The types that this process has seen with a limit.
#[derive(Default)]
pub(crate) struct LimitedTypes(Mutex<HashSet<String>>);

impl LimitedTypes {
    /// Whether this type had a limit when it was last seen.
    pub(crate) fn contains(&self, type_name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(type_name)
    }

    /// Whether one of these types had a limit when it was last seen.
    pub(crate) fn contains_any(&self, types: &[String]) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        types.iter().any(|name| known.contains(name))
    }

    /// Remembers which of these types have a limit.
    pub(crate) fn note(&self, types: &[String], limited: &[String]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|name| !types.contains(name) || limited.contains(name));
        known.extend(limited.iter().cloned());
    }
}
