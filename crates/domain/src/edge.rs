//! Edges between jobs: when one is met, and when it no longer can be.

use crate::JobState;

/// The condition of an edge on its parent's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// The parent succeeded; the default.
    #[default]
    Succeeded,
    /// The parent failed.
    Failed,
    /// The parent succeeded or failed.
    Finished,
    /// The parent is in any terminal state.
    Always,
}

/// How a parent ended, as its edges see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentEnd {
    /// Its terminal state.
    pub state: JobState,
    /// Whether it is a branch not taken (only of a skipped one).
    pub not_taken: bool,
}

/// What a parent's end makes of one edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeOutcome {
    /// The edge is met.
    Met,
    /// It never can be: its child is skipped, as a branch not taken or because something went wrong.
    Unmeetable {
        /// Whether the child is thereby a branch not taken.
        not_taken: bool,
    },
}

impl When {
    /// All conditions.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Failed, Self::Finished, Self::Always];

    /// The word of the public JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Finished => "finished",
            Self::Always => "always",
        }
    }

    /// The condition of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|when| when.as_str() == word)
    }

    /// Whether a cancel with clean-up and a pipeline's `fail_fast` spare the child: it may be there for when things go wrong.
    pub fn spares(self) -> bool {
        self != Self::Succeeded
    }

    /// What the end of its parent makes of an edge with this condition.
    pub fn resolve(self, parent: ParentEnd) -> EdgeOutcome {
        let met = match self {
            Self::Always => true,
            Self::Finished => matches!(parent.state, JobState::Succeeded | JobState::Failed),
            Self::Succeeded => parent.state == JobState::Succeeded,
            Self::Failed => parent.state == JobState::Failed,
        };
        if met {
            return EdgeOutcome::Met;
        }
        let not_taken = (self == Self::Failed && parent.state == JobState::Succeeded)
            || (parent.state == JobState::Skipped && parent.not_taken);
        EdgeOutcome::Unmeetable { not_taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EdgeOutcome::{Met, Unmeetable};
    use JobState::{Cancelled, Failed, Skipped, Succeeded};

    #[test]
    fn every_condition_meets_every_end() {
        let (wrong, branch) = (Unmeetable { not_taken: false }, Unmeetable { not_taken: true });
        let table = [
            (When::Succeeded, [Met, wrong, wrong, wrong, branch]),
            (When::Failed, [branch, Met, wrong, wrong, branch]),
            (When::Finished, [Met, Met, wrong, wrong, branch]),
            (When::Always, [Met, Met, Met, Met, Met]),
        ];
        let ends =
            [(Succeeded, false), (Failed, false), (Cancelled, false), (Skipped, false), (Skipped, true)];
        for (when, outcomes) in table {
            for ((state, not_taken), outcome) in ends.into_iter().zip(outcomes) {
                assert_eq!(
                    when.resolve(ParentEnd { state, not_taken }),
                    outcome,
                    "{when:?} {state:?} {not_taken}"
                );
            }
        }
    }
}
