//! Up to which event the audit can be read, as far as this process has found out, and what it waits for to read on.

use std::sync::{Mutex, PoisonError};

/// What is known of the present history.
#[derive(Debug, Default)]
pub(crate) struct Horizon(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    epoch: u32,
    /// The highest number found below which all can be read.
    number: i64,
    next: Option<Candidate>,
}

/// A number that becomes the horizon once those have ended who were writing when it was drawn.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) number: i64,
    /// A transaction id that is greater than theirs.
    pub(super) writers_below: String,
}

impl Horizon {
    /// What is known of this history; nothing of one that has just begun.
    pub(super) fn of(&self, epoch: u32) -> i64 {
        self.known(epoch, |known| known.number)
    }

    /// What to wait for. It stays the same until it was outwaited: where long transactions overlap, a later one would never be.
    pub(super) fn candidate(&self, epoch: u32) -> Option<Candidate> {
        self.known(epoch, |known| known.next.clone())
    }

    /// Waits for this one from now on, unless there is one.
    pub(super) fn propose(&self, epoch: u32, candidate: Candidate) -> Candidate {
        self.known(epoch, |known| known.next.get_or_insert(candidate).clone())
    }

    /// The candidate's writers have ended.
    pub(super) fn raise(&self, epoch: u32, number: i64) {
        self.known(epoch, |known| {
            known.number = known.number.max(number);
            let passed = known.number;
            known.next.take_if(|next| next.number <= passed);
        });
    }

    fn known<T>(&self, epoch: u32, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.epoch != epoch {
            *known = Known { epoch, ..Known::default() };
        }
        look(&mut known)
    }
}
