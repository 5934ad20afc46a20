//! Random graphs against what an order of jobs promises, and against flawed orders, which must be found out.
//!
//! `make fuzz` tries more; `PROPTEST_RNG_SEED` repeats a run.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::graph::{Cycle, order_parents_first};

type Graph = Vec<Vec<usize>>;
type Ordered = Result<Vec<usize>, Cycle>;

const CASES: u32 = 2_000;

/// At least so many cases; `PROPTEST_CASES` may ask for more.
fn config() -> Config {
    let config = Config::default();
    Config { cases: config.cases.max(CASES), failure_persistence: None, ..config }
}

/// Graphs with and without cycles, with double edges, edges to themselves and to jobs that are not there.
fn graphs() -> impl Strategy<Value = Graph> {
    let any = (0_usize..30).prop_flat_map(|jobs| vec(vec(0..jobs + 2, 0..4), jobs));
    let ranked = (1_usize..30).prop_flat_map(|jobs| {
        (Just((0..jobs).collect::<Vec<_>>()).prop_shuffle(), vec(vec(0..jobs, 0..4), jobs))
    });
    prop_oneof![any, ranked.prop_map(|(ranks, edges)| without_cycles(&ranks, &edges))]
}

/// `ranks[r]` is the job of rank `r`, and depends only on jobs of lower ranks.
fn without_cycles(ranks: &[usize], edges: &[Vec<usize>]) -> Graph {
    let mut graph = vec![Vec::new(); ranks.len()];
    for (rank, job) in ranks.iter().enumerate().skip(1) {
        graph[*job] = edges[rank].iter().map(|edge| ranks[edge % rank]).collect();
    }
    graph
}

/// What each job depends on, directly or not, itself only if it is on a cycle.
fn ancestors(graph: &[Vec<usize>]) -> Vec<HashSet<usize>> {
    let of = |job: usize| {
        let (mut seen, mut next) = (HashSet::new(), graph[job].clone());
        while let Some(parent) = next.pop() {
            if parent < graph.len() && seen.insert(parent) {
                next.extend(&graph[parent]);
            }
        }
        seen
    };
    (0..graph.len()).map(of).collect()
}

/// An order has every job once, each behind its parents, and none earlier than the jobs before it need; a cycle is one, and named in order.
fn check(graph: &[Vec<usize>], ordered: Ordered) -> Result<(), TestCaseError> {
    let ancestors = ancestors(graph);
    let cyclic = ancestors.iter().enumerate().any(|(job, above)| above.contains(&job));
    let order = match ordered {
        Ok(order) => order,
        Err(Cycle(jobs)) => {
            prop_assert!(cyclic && !jobs.is_empty());
            for (at, job) in jobs.iter().enumerate() {
                prop_assert!(graph[*job].contains(&jobs[(at + 1) % jobs.len()]), "{jobs:?}");
            }
            let distinct: HashSet<_> = jobs.iter().collect();
            prop_assert_eq!(distinct.len(), jobs.len());
            return Ok(());
        }
    };
    prop_assert!(!cyclic, "{order:?}");
    let mut sorted = order.clone();
    sorted.sort_unstable();
    prop_assert_eq!(sorted, (0..graph.len()).collect::<Vec<_>>());
    for (at, job) in order.iter().enumerate() {
        let before: HashSet<_> = order[..at].iter().copied().collect();
        prop_assert!(ancestors[*job].is_subset(&before), "{job} in {order:?}");
        let needed = |early: &usize| early < job || (0..=*job).any(|later| ancestors[later].contains(early));
        prop_assert!(before.iter().all(needed), "what is before {job} in {order:?}");
    }
    Ok(())
}

#[test]
fn whatever_the_graph_its_order_or_its_cycle_is_right() {
    let tested = TestRunner::new(config()).run(&graphs(), |graph| check(&graph, order_parents_first(&graph)));
    tested.unwrap();
}

#[test]
fn flawed_orders_are_found_out() {
    type Flawed = fn(&[Vec<usize>]) -> Ordered;
    let flaws: [(&str, Flawed); 5] = [
        ("an edge to itself is overlooked", |graph| {
            let others = |(job, parents): (usize, &Vec<usize>)| {
                parents.iter().copied().filter(|parent| *parent != job).collect()
            };
            order_parents_first(&graph.iter().enumerate().map(others).collect::<Graph>())
        }),
        ("only the first parent counts", |graph| {
            let first = |parents: &Vec<usize>| parents.iter().copied().take(1).collect();
            order_parents_first(&graph.iter().map(first).collect::<Graph>())
        }),
        ("a cycle is named backwards", |graph| {
            order_parents_first(graph).map_err(|Cycle(jobs)| Cycle(jobs.into_iter().rev().collect()))
        }),
        ("a job that is not there is a cycle", |graph| match graph.iter().flatten().max() {
            Some(most) if *most >= graph.len() => Err(Cycle(vec![0])),
            _ => order_parents_first(graph),
        }),
        ("jobs come as late as they can", |graph| {
            let turned = |job: usize| graph.len().wrapping_sub(1).wrapping_sub(job);
            let parents = graph.iter().rev().map(|parents| parents.iter().copied().map(turned).collect());
            let ordered = order_parents_first(&parents.collect::<Graph>());
            let turn = |jobs: Vec<usize>| jobs.into_iter().map(turned).collect();
            ordered.map(turn).map_err(|Cycle(jobs)| Cycle(turn(jobs)))
        }),
    ];
    for (flaw, order) in flaws {
        let mut runner = TestRunner::new_with_rng(config(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        assert!(runner.run(&graphs(), |graph| check(&graph, order(&graph))).is_err(), "{flaw}");
    }
}
