//! Where a task waits among those of its job.

/// When its waiting began. Tasks whose waiting may have begun at the same moment are equal in rank, unless one was due before the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rank {
    /// The first moment at which it may have begun to wait.
    from: u64,
    /// The last one.
    until: u64,
    /// When it was due, if it is time that made it wait.
    due: Option<u64>,
}

impl Rank {
    /// Made to wait by a call.
    pub(super) fn at(moment: u64) -> Self {
        Self { from: moment, until: moment, due: None }
    }

    /// Made to wait by time; unseen, when nothing shows yet that the service has done so.
    pub(super) fn promoted(moment: u64, due: u64, unseen: bool) -> Self {
        Self { from: moment, until: if unseen { u64::MAX } else { moment }, due: Some(due) }
    }

    /// By now the service has done what time brought.
    pub(super) fn seen(&mut self, moment: u64) {
        self.until = self.until.min(moment);
    }

    /// Whether it comes strictly before another one.
    pub(super) fn before(self, other: Self) -> bool {
        match (self.due, other.due) {
            (Some(one), Some(other)) => one < other,
            _ => self.until < other.from,
        }
    }
}
