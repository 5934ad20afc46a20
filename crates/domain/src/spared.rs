//! What a cancel with clean-up and a pipeline's `fail_fast` leave to its edges.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::When;

/// A job as [`spared`] sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node<Id> {
    /// Which job it is.
    pub job: Id,
    /// Whether it has ended.
    pub has_ended: bool,
}

/// An edge as [`spared`] sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge<Id> {
    /// The job that waits.
    pub child: Id,
    /// The job that it waits for.
    pub parent: Id,
    /// The condition.
    pub when: When,
}

/// The jobs that have not ended and have a `failed`, `finished` or `always` edge, and all that hangs below them, by edges of any kind. What of it
/// has ended is among them. `jobs` come parents first.
pub fn spared<Id: Copy + Eq + Hash>(jobs: &[Node<Id>], edges: &[Edge<Id>]) -> HashSet<Id> {
    let mut above: HashMap<Id, Vec<&Edge<Id>>> = HashMap::new();
    for edge in edges {
        above.entry(edge.child).or_default().push(edge);
    }
    let mut spared = HashSet::new();
    for Node { job, has_ended } in jobs {
        let keeps = |edge: &&Edge<Id>| spared.contains(&edge.parent) || !has_ended && edge.when.spares();
        if above.get(job).is_some_and(|edges| edges.iter().any(keeps)) {
            spared.insert(*job);
        }
    }
    spared
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: bool = false;
    const ENDED: bool = true;

    fn of(jobs: &[(u8, bool)], edges: &[(u8, u8, When)]) -> Vec<u8> {
        let jobs: Vec<_> =
            jobs.iter().map(|(job, has_ended)| Node { job: *job, has_ended: *has_ended }).collect();
        let edge =
            |(parent, child, when): &(u8, u8, When)| Edge { child: *child, parent: *parent, when: *when };
        let spared = spared(&jobs, &edges.iter().map(edge).collect::<Vec<_>>());
        let mut spared: Vec<_> = spared.into_iter().collect();
        spared.sort_unstable();
        spared
    }

    #[test]
    fn an_edge_of_each_kind_but_succeeded_spares() {
        for when in When::ALL {
            let expected: &[u8] = if when == When::Succeeded { &[] } else { &[1] };
            assert_eq!(of(&[(0, OPEN), (1, OPEN)], &[(0, 1, when)]), expected, "{when:?}");
        }
    }

    #[test]
    fn what_hangs_below_is_spared_by_whatever_edge() {
        let jobs: Vec<(u8, bool)> = (0..5).map(|job| (job, OPEN)).collect();
        let chain =
            [(0, 1, When::Always), (1, 2, When::Succeeded), (2, 3, When::Succeeded), (0, 4, When::Succeeded)];
        assert_eq!(of(&jobs, &chain), [1, 2, 3]);
    }

    #[test]
    fn a_job_that_has_ended_spares_nothing_below_it() {
        let edges = [(0, 1, When::Always), (1, 2, When::Succeeded)];
        assert_eq!(of(&[(0, ENDED), (1, ENDED), (2, OPEN)], &edges), [0_u8; 0]);
        // But one that hangs below a spared job passes that on.
        assert_eq!(of(&[(0, OPEN), (1, OPEN), (2, ENDED)], &edges), [1, 2]);
    }
}
