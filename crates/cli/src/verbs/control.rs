//! The controls that pipelines and jobs have in common, and the arguments that their cancel and retry share.

use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::wire::RetryScope;

use super::confirm::{Sure, Why};

/// The controls of what holds tasks.
#[derive(Subcommand)]
pub(super) enum Control {
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
    /// Says that nothing more will be added to it.
    Seal {
        /// Its id.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
}

/// The arguments of a cancel.
#[derive(Args)]
pub(super) struct Cancel {
    /// Its id.
    pub(super) id: Uuid,
    #[command(flatten)]
    pub(super) why: Why,
    #[command(flatten)]
    pub(super) sure: Sure,
}

/// The arguments of a retry.
#[derive(Args)]
pub(super) struct Retry {
    /// Its id.
    pub(super) id: Uuid,
    /// Runs all of it again, also what succeeded. Asks before.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) why: Why,
    #[command(flatten)]
    sure: Sure,
}

/// What is to be done to what.
pub(super) struct Order {
    pub(super) id: Uuid,
    pub(super) act: Act,
    pub(super) why: Why,
}

/// One of the controls.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Pause,
    Resume,
    Seal,
}

impl Control {
    pub(super) fn order(self) -> Order {
        let (id, act, why) = match self {
            Self::Pause { id, why } => (id, Act::Pause, why),
            Self::Resume { id, why } => (id, Act::Resume, why),
            Self::Seal { id, why } => (id, Act::Seal, why),
        };
        Order { id, act, why }
    }
}

impl Retry {
    /// How much of it runs again.
    pub(super) fn scope(&self) -> RetryScope {
        if self.all { RetryScope::All } else { RetryScope::Failed }
    }

    /// What to ask before, and whether.
    pub(super) fn question(&self) -> Option<(&'static str, &Sure)> {
        self.all.then_some(("Run all of it again", &self.sure))
    }
}
