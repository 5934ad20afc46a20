//! How far a round of pruning has come.

use std::sync::{Mutex, PoisonError};

/// The type up to which queues have been looked at in this round; empty at its beginning.
#[derive(Default)]
pub(crate) struct PrunedTo(Mutex<String>);

impl PrunedTo {
    pub(super) fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, type_name: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = type_name;
    }
}
