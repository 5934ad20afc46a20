//! Twins of the protocol, each broken at one point: the checker finds a way to the broken promise, and prints the shortest.

use stateright::{Checker, Model, Path};

use crate::exhaustive::protocol;
use crate::flaw::Flaw;
use crate::model::{Action, Bounds, Protocol, State};
use crate::network::{Message, Report, Worker};

/// Steps that are enough for every flaw.
const STEPS: usize = 10;

fn twin(flaw: Flaw) -> Protocol {
    protocol(
        Bounds { workers: &[Worker::Keyed, Worker::Keyless], tasks: 1, leases: 2, retries: 0 },
        0,
        Some(flaw),
    )
}

/// A shortest way to a state that breaks the promise: the exploration goes one step deeper until it finds one.
#[track_caller]
fn counterexample(flaw: Flaw, promise: &'static str) -> Path<State, Action> {
    let found = (2..STEPS + 2).find_map(|depth| {
        let checker = twin(flaw).checker().target_max_depth(depth).spawn_bfs().join();
        checker.discovery(promise)
    });
    found.unwrap_or_else(|| panic!("{flaw:?} holds \"{promise}\" for {STEPS} steps"))
}

#[test]
fn without_the_token_in_the_guard_a_superseded_report_is_accepted() {
    println!("{}", counterexample(Flaw::StateIsEnough, "only the current token is accepted"));
    println!("{}", counterexample(Flaw::StateIsEnough, "at most one end is accepted per lease"));
}

/// The story that the systems before us have lived through, step by step.
#[test]
fn without_the_token_the_first_workers_completion_ends_the_second_workers_attempt() {
    let sweep = Message::Sweep { token: 0 };
    let late = Message::Report { token: 0, report: Report::Complete };
    let story = vec![
        Action::Open,
        Action::Deliver(Message::Dequeue { worker: Worker::Keyed, task: 0 }),
        Action::Deliver(Message::Leased { token: 0 }),
        Action::Expire(0),
        Action::LookAt(0),
        Action::Deliver(sweep),
        Action::Promote(0),
        Action::Deliver(Message::Dequeue { worker: Worker::Keyless, task: 0 }),
        Action::Deliver(late),
    ];
    let checker = twin(Flaw::StateIsEnough).checker().spawn_bfs().join();
    checker.assert_discovery("only the current token is accepted", story);
}

#[test]
fn a_cancel_that_leaves_the_lease_lets_the_cancelled_job_be_overwritten() {
    println!("{}", counterexample(Flaw::JobIsNotAsked, "what has ended moves by a retry only"));
}

#[test]
fn a_repeat_that_is_not_recognized_counts_twice() {
    println!("{}", counterexample(Flaw::RepeatsCount, "a repeat is answered 200 and counts once"));
    println!("{}", counterexample(Flaw::RepeatsCount, "the counters are what the tasks are"));
}

#[test]
fn a_sweeper_that_does_not_look_again_ends_another_attempt() {
    println!("{}", counterexample(Flaw::SweepsWhatItSaw, "at most one end is accepted per lease"));
}

#[test]
fn a_sweeper_that_looks_at_the_token_only_ends_a_lease_that_was_renewed() {
    println!("{}", counterexample(Flaw::SweepsWhatWasRenewed, "only what is due is swept"));
}

#[test]
fn a_release_that_keeps_its_number_uses_attempts_up() {
    let promise = "the attempt counts the leases that were not released, up to max_attempts";
    println!("{}", counterexample(Flaw::ReleasesCount, promise));
}

#[test]
fn a_lease_released_after_a_repeat_is_taken_from_a_worker_that_has_it() {
    let promise = "only what nobody was answered with is released";
    println!("{}", counterexample(Flaw::GivesBackWhatWasRepeated, promise));
}

#[test]
fn a_repeated_dequeue_without_its_key_remembered_leases_twice() {
    println!("{}", counterexample(Flaw::KeysAreForgotten, "one key makes one lease"));
}
