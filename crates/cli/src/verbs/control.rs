//! The controls that pipelines and jobs have in common: cancel, pause, resume, retry, seal.

use clap::Subcommand;
use uuid::Uuid;
use windlass_sdk::wire::RetryScope;

use super::confirm::{Sure, Why};

/// The controls of what holds tasks.
#[derive(Subcommand)]
pub(super) enum Control {
    /// Ends it at once; what runs of it is cancelled. Asks before.
    Cancel {
        /// Its id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Stops handing out its tasks; what runs goes on.
    Pause {
        /// Its id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Hands out its tasks again.
    Resume {
        /// Its id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Runs again what did not succeed of it, once it has ended, and what was skipped because of that.
    Retry {
        /// Its id.
        id: Uuid,
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
pub(super) struct Order {
    pub(super) id: Uuid,
    pub(super) act: Act,
    pub(super) why: Why,
    /// What to ask before.
    pub(super) question: Option<(&'static str, Sure)>,
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

impl Control {
    pub(super) fn order(self) -> Order {
        let (id, act, why, question) = match self {
            Self::Cancel { id, why, sure } => (id, Act::Cancel, why, Some(("Cancel it", sure))),
            Self::Pause { id, why } => (id, Act::Pause, why, None),
            Self::Resume { id, why } => (id, Act::Resume, why, None),
            Self::Retry { id, all: false, why, .. } => (id, Act::Retry(RetryScope::Failed), why, None),
            Self::Retry { id, why, sure, .. } => {
                (id, Act::Retry(RetryScope::All), why, Some(("Run all of it again", sure)))
            }
            Self::Seal { id, why } => (id, Act::Seal, why, None),
        };
        Order { id, act, why, question }
    }
}
