//! Seals: nothing more will be added, and what a retry by hand makes of that.

use crate::JobState;

/// When a job is sealed, as its creation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sealing {
    /// From its creation; the default.
    #[default]
    AtOnce,
    /// By somebody, later.
    Later,
    /// By itself as it opens: what feeds it are its parents, and they have all ended.
    OnOpen,
    /// By itself with its first lease: it takes tasks until one of them is worked on.
    OnLease,
}

/// What put a seal on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SealedBy {
    /// The creation; or a server that did not write it down.
    Creation,
    /// A person, by the verb.
    Person,
    /// A completion, by `seal` in its `add_tasks`.
    Completion,
    /// The job itself, as it opened. Lasts until a retry by hand.
    Opening,
    /// Its first lease. Lasts until a retry by hand.
    Lease,
    /// Cancel, skip, or the end. Lasts until a retry by hand.
    End,
}

/// Whether a job or a pipeline is sealed, and by what. At most one seal is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seal {
    /// What put it on; `None`: it is not sealed.
    pub by: Option<SealedBy>,
    /// Whether it is sealed as it opens (only of a job).
    pub on_open: bool,
    /// Whether it is sealed by its first lease (only of a job).
    pub on_lease: bool,
}

impl SealedBy {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Creation, Self::Person, Self::Completion, Self::Opening, Self::Lease, Self::End];

    /// The word of the store; the creation has none.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Creation => None,
            Self::Person => Some("person"),
            Self::Completion => Some("completion"),
            Self::Opening => Some("opening"),
            Self::Lease => Some("lease"),
            Self::End => Some("end"),
        }
    }

    /// What that word stands for; `None` is the creation's.
    pub fn parse(word: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }

    fn lasts_until_a_retry(self) -> bool {
        matches!(self, Self::Opening | Self::Lease | Self::End)
    }
}

impl Seal {
    /// Of what is created like this, before it opens.
    pub fn created(sealing: Sealing) -> Self {
        Self {
            by: (sealing == Sealing::AtOnce).then_some(SealedBy::Creation),
            on_open: sealing == Sealing::OnOpen,
            on_lease: sealing == Sealing::OnLease,
        }
    }

    /// Whether nothing more will be added.
    pub fn is_on(self) -> bool {
        self.by.is_some()
    }

    /// What puts it on, as the store's word.
    pub fn word(self) -> Option<&'static str> {
        self.by.and_then(SealedBy::as_str)
    }

    /// After the verb. What is sealed stays as it is.
    #[must_use]
    pub fn by_hand(self) -> Self {
        Self { by: self.by.or(Some(SealedBy::Person)), ..self }
    }

    /// After a completion sealed a job in this state. What is sealed stays as it is, but that a seal on one that has ended
    /// counts when it comes back.
    #[must_use]
    pub fn by_completion(self, job: JobState) -> Self {
        let fades = job.has_ended() && self.by.is_some_and(SealedBy::lasts_until_a_retry);
        if self.is_on() && !fades { self } else { Self { by: Some(SealedBy::Completion), ..self } }
    }

    /// After the completion that put it on was taken back, of a job in this state.
    #[must_use]
    pub fn without_completion(self, job: JobState) -> Self {
        if self.by != Some(SealedBy::Completion) {
            return self;
        }
        let bare = Self { by: None, ..self };
        if job.has_ended() {
            bare.ended()
        } else if job == JobState::Running {
            bare.opened().leased()
        } else if job.is_open() {
            bare.opened()
        } else {
            bare
        }
    }

    /// As the job opens.
    #[must_use]
    pub fn opened(self) -> Self {
        if self.on_open { Self { by: self.by.or(Some(SealedBy::Opening)), ..self } } else { self }
    }

    /// After its first lease.
    #[must_use]
    pub fn leased(self) -> Self {
        if self.on_lease { Self { by: self.by.or(Some(SealedBy::Lease)), ..self } } else { self }
    }

    /// As it ends, in whichever way.
    #[must_use]
    pub fn ended(self) -> Self {
        Self { by: self.by.or(Some(SealedBy::End)), ..self }
    }

    /// As a retry by hand brings it back: as open for more as it was, before it opens again.
    #[must_use]
    pub fn retried(self) -> Self {
        Self { by: self.by.filter(|by| !by.lasts_until_a_retry()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SealedBy::{Completion, Creation, End, Lease, Opening, Person};

    fn seals(on_open: bool) -> [Seal; 7] {
        [None, Some(Creation), Some(Person), Some(Completion), Some(Opening), Some(Lease), Some(End)]
            .map(|by| Seal { by, on_open, on_lease: !on_open })
    }

    fn after(on_open: bool, change: impl Fn(Seal) -> Seal) -> [Option<SealedBy>; 7] {
        seals(on_open).map(|seal| change(seal).by)
    }

    #[test]
    fn every_seal_meets_every_change() {
        let (created, person, completion) = (Some(Creation), Some(Person), Some(Completion));
        let (opening, lease, end) = (Some(Opening), Some(Lease), Some(End));
        let kept = [created, person, completion, opening, lease, end];
        let from = |first| [&[first][..], &kept].concat();
        for on_open in [false, true] {
            assert_eq!(after(on_open, Seal::by_hand)[..], from(person));
            assert_eq!(after(on_open, Seal::ended)[..], from(end));
            assert_eq!(after(on_open, Seal::opened)[..], from(if on_open { opening } else { None }));
            assert_eq!(after(on_open, Seal::leased)[..], from(if on_open { None } else { lease }));
            assert_eq!(after(on_open, Seal::retried), [None, created, person, completion, None, None, None]);
            assert_eq!(after(on_open, |seal| seal.by_completion(JobState::Running))[..], from(completion));
            assert_eq!(
                after(on_open, |seal| seal.by_completion(JobState::Cancelled)),
                [completion, created, person, completion, completion, completion, completion]
            );
        }
    }

    #[test]
    fn a_seal_that_is_taken_back_leaves_what_the_state_puts_on() {
        let of = |state, on_open| {
            Seal { by: Some(Completion), on_open, on_lease: false }.without_completion(state).by
        };
        let on_lease = Seal { by: Some(Completion), on_open: false, on_lease: true };
        assert_eq!(on_lease.without_completion(JobState::Running).by, Some(Lease));
        assert_eq!(on_lease.without_completion(JobState::Queued).by, None);
        assert_eq!(of(JobState::Pending, true), None);
        assert_eq!(of(JobState::Running, false), None);
        assert_eq!(of(JobState::Running, true), Some(Opening));
        assert_eq!(of(JobState::Succeeded, true), Some(End));
        for seal in seals(true).into_iter().filter(|seal| seal.by != Some(Completion)) {
            assert_eq!(seal.without_completion(JobState::Pending), seal);
        }
    }

    #[test]
    fn what_is_created_says_when_it_is_sealed() {
        let seal = |by, on_open, on_lease| Seal { by, on_open, on_lease };
        assert_eq!(Seal::created(Sealing::AtOnce), seal(Some(Creation), false, false));
        assert_eq!(Seal::created(Sealing::Later), seal(None, false, false));
        assert_eq!(Seal::created(Sealing::OnOpen), seal(None, true, false));
        assert_eq!(Seal::created(Sealing::OnLease), seal(None, false, true));
    }

    #[test]
    fn the_words_are_read_as_they_are_written() {
        for by in SealedBy::ALL {
            assert_eq!(SealedBy::parse(by.as_str()), Some(by));
        }
        assert_eq!(SealedBy::parse(Some("wax")), None);
    }
}
