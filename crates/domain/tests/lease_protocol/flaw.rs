//! What can be broken on purpose, to show that the checker would find it.

/// A deliberate fault in the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The guard of a report looks at the task's state only, not at the token.
    StateIsEnough,
    /// A cancel leaves the leases, and the guard does not look at the job.
    JobIsNotAsked,
    /// A repeat of an accepted report is counted again.
    RepeatsCount,
    /// The sweeper ends the task that it saw without looking at the token again.
    SweepsWhatItSaw,
    /// The sweeper looks at the token again, but not at whether the lease is still due.
    SweepsWhatWasRenewed,
    /// A release counts its attempt.
    ReleasesCount,
    /// A lease is released although a repeat of its dequeue was answered with it.
    GivesBackWhatWasRepeated,
    /// A repeated dequeue leases anew, key or not.
    KeysAreForgotten,
}
