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

/// How the edges of a job decide it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Join {
    /// It opens when all are met, and is skipped as soon as one no longer can be; the default.
    #[default]
    All,
    /// It waits until all its parents have ended, opens if at least one is met, and is skipped otherwise.
    Any,
}

/// What a job's edges make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// It waits for so many of them.
    Waits(i32),
    /// It opens.
    Opens,
    /// It is skipped.
    Skipped {
        /// The edge that says why, by its place: the first where something went wrong, before a branch not taken.
        edge: usize,
        /// Whether it is a branch not taken: every edge that can no longer be met makes it one.
        not_taken: bool,
    },
}

impl Join {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::All, Self::Any];

    /// The word of the public JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
        }
    }

    /// The join of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|join| join.as_str() == word)
    }

    /// What these edges, in the order of `depends_on`, make of their job; `None` is one whose parent has not ended.
    pub fn decide(self, edges: &[Option<EdgeOutcome>]) -> Joined {
        // Edges of a pipeline are bounded far below 2^31.
        let waits = i32::try_from(edges.iter().filter(|edge| edge.is_none()).count()).unwrap_or(i32::MAX);
        let one_is_met = edges.contains(&Some(EdgeOutcome::Met));
        match (self, why_skipped(edges)) {
            (Self::All, Some(skipped)) => skipped,
            _ if waits > 0 => Joined::Waits(waits),
            (Self::Any, Some(skipped)) if !one_is_met => skipped,
            _ => Joined::Opens,
        }
    }
}

/// The first edge where something went wrong, before a branch not taken; `None` where all may still be met.
fn why_skipped(edges: &[Option<EdgeOutcome>]) -> Option<Joined> {
    let first = |wanted: bool| {
        edges.iter().position(|edge| *edge == Some(EdgeOutcome::Unmeetable { not_taken: wanted }))
    };
    let skipped = |not_taken: bool| first(not_taken).map(|edge| Joined::Skipped { edge, not_taken });
    skipped(false).or_else(|| skipped(true))
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
    use Joined::{Opens, Waits};

    fn skipped(edge: usize, not_taken: bool) -> Joined {
        Joined::Skipped { edge, not_taken }
    }

    #[test]
    fn all_edges_are_met_or_the_first_that_never_can_be_skips() {
        let (met, waits) = (Some(Met), None);
        let (wrong, branch) = (Some(Unmeetable { not_taken: false }), Some(Unmeetable { not_taken: true }));
        for (edges, all, any) in [
            (&[][..], Opens, Opens),
            (&[met, met], Opens, Opens),
            (&[met, waits, waits], Waits(2), Waits(2)),
            (&[waits, wrong], skipped(1, false), Waits(1)),
            (&[met, wrong], skipped(1, false), Opens),
            (&[branch, met], skipped(0, true), Opens),
            (&[branch, wrong], skipped(1, false), skipped(1, false)),
            (&[branch, branch], skipped(0, true), skipped(0, true)),
        ] {
            assert_eq!(Join::All.decide(edges), all, "{edges:?}");
            assert_eq!(Join::Any.decide(edges), any, "{edges:?}");
        }
    }

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
