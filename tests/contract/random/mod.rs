//! Random sequences of calls, played on two servers and on a small reference model written from `docs/contract/core.md`; and the same with many callers at once.
//!
//! What: a script is drawn at random, played call by call, and after each call the service must say what the reference says; at its end all work
//! is done, and invariants of the state and of its history are checked, with the consistency check of what is stored. Why: rules that are right
//! one by one go wrong in combinations that nobody thought of. What it deliberately does not do: test how requests are read, or look into tables.
//! How it fails: the smallest script that still fails is printed, a call a line, with the seed that brings it back.

mod compare;
mod generate;
mod invariants;
mod play;
mod reference;
mod run;
mod rush;
mod script;
mod shrink;

/// How many scripts are under way at once; while one waits for the service's own ticks, others go on.
const RUNNERS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_rules_say_whatever_is_called() {
    run::play_scripts(RUNNERS, run::time_to_play(35), run::play_seed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_many_call_at_once_nothing_is_lost_or_doubled_and_everything_ends() {
    run::play_scripts(1, run::time_to_play(20), rush::play_seed).await;
}
