//! The protocol holds its promises in every state within bounds.
//!
//! Each test prints how many states it has seen, and fails below a floor, so that the bounds cannot shrink unnoticed.

use stateright::{Checker, HasDiscoveries, Model};
use windlass_domain::{Category, JobTerms, RetryPolicy};

use crate::flaw::Flaw;
use crate::model::{Bounds, Protocol, Question};
use crate::network::Worker;
use crate::server::Terms;

const KEYED: [Worker; 1] = [Worker::Keyed];
const BOTH: [Worker; 2] = [Worker::Keyed, Worker::Keyless];

/// The protocol over a job that bears so many failed tasks, and fails at once if it bears none.
pub(crate) fn protocol(bounds: Bounds, max_failed_tasks: i64, flaw: Option<Flaw>) -> Protocol {
    let job = JobTerms { sealed: true, fail_fast: max_failed_tasks == 0, max_failed_tasks };
    // An expired lease is tried again and a timeout is not, so that the two ways of falling due differ.
    let non_retryable = vec![Category::TIMEOUT.to_owned()];
    let policy = RetryPolicy { max_attempts: 2, non_retryable, ..RetryPolicy::default() };
    Protocol { question: Question::Promises, bounds, terms: Terms { job, policy, flaw } }
}

/// Explores every state, and returns their number.
fn explore(bounds: Bounds, max_failed_tasks: i64) -> usize {
    let checker = protocol(bounds, max_failed_tasks, None).checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

#[test]
fn no_promise_holds_only_because_nothing_happens() {
    let asked = |protocol| Protocol { question: Question::Reachable, ..protocol };
    let one = asked(protocol(Bounds { workers: &BOTH, tasks: 1, leases: 3, retries: 2 }, 0, None));
    let wanted = one.properties().iter().map(|property| property.name).collect();
    let checker = one.checker().finish_when(HasDiscoveries::AllOf(wanted)).spawn_bfs().join();
    checker.assert_properties();
}

#[test]
fn one_task_keeps_every_promise_over_four_leases() {
    let states = explore(Bounds { workers: &BOTH, tasks: 1, leases: 4, retries: 0 }, 0);
    println!("one task, four leases: {states} states");
    assert!(states >= 300_000, "only {states} states");
}

#[test]
fn one_task_keeps_every_promise_over_a_retry() {
    let states = explore(Bounds { workers: &BOTH, tasks: 1, leases: 3, retries: 1 }, 0);
    println!("one task, three leases, one retry: {states} states");
    assert!(states >= 250_000, "only {states} states");
}

#[test]
fn one_task_keeps_every_promise_over_two_retries() {
    let states = explore(Bounds { workers: &KEYED, tasks: 1, leases: 3, retries: 2 }, 0);
    println!("one task, three leases of one worker, two retries: {states} states");
    assert!(states >= 100_000, "only {states} states");
}

#[test]
fn two_tasks_of_a_job_that_fails_at_once_keep_every_promise() {
    let states = explore(Bounds { workers: &KEYED, tasks: 2, leases: 3, retries: 0 }, 0);
    println!("two tasks, fail_fast, three leases of one worker: {states} states");
    assert!(states >= 200_000, "only {states} states");
}

#[test]
fn two_tasks_of_a_job_that_fails_at_once_keep_every_promise_over_a_retry() {
    let states = explore(Bounds { workers: &BOTH, tasks: 2, leases: 2, retries: 1 }, 0);
    println!("two tasks, fail_fast, two leases, one retry: {states} states");
    assert!(states >= 400_000, "only {states} states");
}

#[test]
fn two_tasks_of_a_job_that_bears_a_failure_keep_every_promise_over_a_retry() {
    let states = explore(Bounds { workers: &BOTH, tasks: 2, leases: 2, retries: 1 }, 1);
    println!("two tasks, one failure borne, two leases, one retry: {states} states");
    assert!(states >= 400_000, "only {states} states");
}
