//! The controls that pipelines and jobs have in common, and the arguments that their cancel and retry share.

use clap::{Args, Subcommand};
use windlass_sdk::wire::RetryScope;

use super::confirm::{Sure, Why};

/// The controls of what holds tasks.
#[derive(Subcommand)]
pub(super) enum Control<T: Args> {
    /// Stops handing out tasks of it; what runs goes on.
    Pause {
        #[command(flatten)]
        what: T,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Hands out tasks of it again.
    Resume {
        #[command(flatten)]
        what: T,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
}

/// The arguments of a cancel.
#[derive(Args)]
#[group(skip)]
pub(super) struct Cancel<T: Args> {
    #[command(flatten)]
    pub(super) what: T,
    #[command(flatten)]
    pub(super) why: Why,
    #[command(flatten)]
    pub(super) sure: Sure,
}

/// The arguments of a retry.
#[derive(Args)]
#[group(skip)]
pub(super) struct Retry<T: Args> {
    #[command(flatten)]
    pub(super) what: T,
    /// Runs all of it again, what succeeded as well. Asks before.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) why: Why,
    #[command(flatten)]
    pub(super) sure: Sure,
}

/// What is to be done to what.
pub(super) struct Order<T> {
    pub(super) what: T,
    pub(super) act: Act,
    pub(super) why: Why,
    pub(super) sure: Sure,
}

/// One of the controls.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Pause,
    Resume,
}

impl<T: Args> Control<T> {
    pub(super) fn order(self) -> Order<T> {
        let (what, act, why, sure) = match self {
            Self::Pause { what, why, sure } => (what, Act::Pause, why, sure),
            Self::Resume { what, why, sure } => (what, Act::Resume, why, sure),
        };
        Order { what, act, why, sure }
    }
}

impl<T: Args> Retry<T> {
    /// How much of it runs again.
    pub(super) fn scope(&self) -> RetryScope {
        if self.all { RetryScope::All } else { RetryScope::Failed }
    }

    /// What to ask before, and whether.
    pub(super) fn question(&self) -> Option<(&'static str, &Sure)> {
        self.all.then_some(("Run all of it again", &self.sure))
    }
}
