//! Rule 2: what is sealed, and what a retry by hand makes of that.

use super::{Job, Pipeline};
use crate::random::script::Sealing;

/// Whether more may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Seal {
    #[default]
    None,
    /// By its creation or by a completion.
    ForGood,
    /// By a person.
    ByHand,
    /// By cancel, skip or an end, or as it opened: a retry by hand takes it back.
    UntilRetry,
}

impl Seal {
    pub(crate) fn is_on(self) -> bool {
        self != Self::None
    }

    /// By a person; what is sealed stays so.
    pub(super) fn by_hand(&mut self) {
        if !self.is_on() {
            *self = Self::ByHand;
        }
    }

    /// By a completion. On a job that has ended it counts when that comes back.
    pub(super) fn by_completion(&mut self, has_ended: bool) {
        if !self.is_on() || has_ended && *self == Self::UntilRetry {
            *self = Self::ForGood;
        }
    }

    /// By itself.
    pub(super) fn end(&mut self) {
        if !self.is_on() {
            *self = Self::UntilRetry;
        }
    }

    pub(super) fn take_back(&mut self) {
        if *self == Self::UntilRetry {
            *self = Self::None;
        }
    }
}

impl Job {
    pub(super) fn created_seal(sealing: Sealing) -> Seal {
        if sealing == Sealing::AtOnce { Seal::ForGood } else { Seal::None }
    }

    /// As it opens.
    pub(super) fn seal_on_open(&mut self) {
        if self.sealing == Sealing::OnOpen {
            self.seal.end();
        }
    }
}

impl Pipeline {
    pub(super) fn created_seal(sealed: bool) -> Seal {
        if sealed { Seal::ForGood } else { Seal::None }
    }
}
