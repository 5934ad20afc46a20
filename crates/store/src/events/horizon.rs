//! Up to which event the audit can be read.

use std::sync::{Mutex, PoisonError};

/// The highest number found below which all can be read, and in which history.
#[derive(Debug, Default)]
pub(crate) struct Horizon(Mutex<(u32, i64)>);

impl Horizon {
    /// What is known of this history; nothing of one that has just begun.
    pub(super) fn of(&self, epoch: u32) -> i64 {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 == epoch { known.1 } else { 0 }
    }

    pub(super) fn raise(&self, epoch: u32, number: i64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = if known.0 == epoch { (epoch, known.1.max(number)) } else { (epoch, number) };
    }
}
