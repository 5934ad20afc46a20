//! The controls that pipelines and jobs have in common: cancel, pause, resume, retry, seal.

use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::wire::RetryScope;

use super::confirm::{Sure, Why};

/// The controls of what holds tasks.
#[derive(Subcommand)]
pub(super) enum Control<T: Args> {
    /// Ends it at once; what runs of it is cancelled. Asks before.
    Cancel {
        #[command(flatten)]
        what: T,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Stops handing out its tasks; what runs goes on.
    Pause {
        #[command(flatten)]
        what: T,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Hands out its tasks again.
    Resume {
        #[command(flatten)]
        what: T,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Runs again what did not succeed of it, once it has ended, and what was skipped because of that.
    Retry {
        #[command(flatten)]
        what: T,
        /// Runs all of it again, also what succeeded. Asks before.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Says that nothing more will be added to it.
    Seal {
        /// Its id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
}

/// What is to be done to what.
pub(super) struct Order<T> {
    pub(super) what: T,
    pub(super) act: Act,
    pub(super) why: Why,
    pub(super) sure: Sure,
    /// What to ask before it is done to one.
    pub(super) question: Option<&'static str>,
}

/// One of the controls.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Cancel,
    Pause,
    Resume,
    Retry(RetryScope),
    Seal,
}

impl<T: Args + From<Uuid>> Control<T> {
    pub(super) fn order(self) -> Order<T> {
        let (what, act, why, sure, question) = match self {
            Self::Cancel { what, why, sure } => (what, Act::Cancel, why, sure, Some("Cancel it")),
            Self::Pause { what, why, sure } => (what, Act::Pause, why, sure, None),
            Self::Resume { what, why, sure } => (what, Act::Resume, why, sure, None),
            Self::Retry { what, all: false, why, sure } => {
                (what, Act::Retry(RetryScope::Failed), why, sure, None)
            }
            Self::Retry { what, why, sure, .. } => {
                (what, Act::Retry(RetryScope::All), why, sure, Some("Run all of it again"))
            }
            Self::Seal { id, why } => (id.into(), Act::Seal, why, Sure::default(), None),
        };
        Order { what, act, why, sure, question }
    }
}
