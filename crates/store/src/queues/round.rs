//! How far a round over all types has come.

use std::sync::{Mutex, PoisonError};

/// The type up to which a round has come, piece by piece; empty at its beginning.
#[derive(Default)]
pub(crate) struct Round(Mutex<String>);

impl Round {
    pub(super) fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, type_name: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = type_name;
    }
}
