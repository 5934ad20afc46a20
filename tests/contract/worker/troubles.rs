//! One test for each way in which a network fails.

use std::time::Duration;

use windlass_tests::Way;

use super::shift::{SLOTS, Shift};

/// The limit of a call that nothing should reach.
const AMPLE: Duration = Duration::from_secs(30);
/// The limit of a call where some never end.
const SHORT: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_worker_reports_what_it_did_while_the_server_was_away_and_no_task_runs_twice() {
    let mut shift = Shift::begin(AMPLE).await;
    shift.proxy.cut().await;
    shift.let_go();
    shift.breaker_opens().await;
    shift.add(100).await;
    shift.proxy.mend();
    shift.ends_well(1..=1).await;
}

#[tokio::test]
async fn tasks_whose_lease_ended_while_the_server_was_away_run_again_and_count_once() {
    let mut shift = Shift::begin(AMPLE).await;
    shift.proxy.cut().await;
    shift.let_go();
    shift.breaker_opens().await;
    // Leases are of 60 s, and retried after at most 1.2 s.
    shift.app.advance(61).await;
    shift.reaches("running", 0).await;
    shift.app.advance(2).await;
    shift.add(100).await;
    shift.proxy.mend();
    shift.ends_well(1..=2).await;
}

#[tokio::test]
async fn answers_that_are_lost_after_the_commit_lose_nothing_and_count_once() {
    let mut shift = Shift::begin(AMPLE).await;
    shift.proxy.set(Way::LosesAnswers);
    shift.let_go();
    shift.reaches("succeeded", SLOTS).await;
    shift.breaker_opens().await;
    shift.add(100).await;
    // The dequeue that waited is carried out too, and what it leased is not lost either.
    shift.reaches("running", 1).await;
    shift.proxy.set(Way::Through);
    shift.ends_well(1..=1).await;
}

#[tokio::test]
async fn a_server_that_answers_500_is_waited_for() {
    let shift = Shift::begin(AMPLE).await;
    shift.proxy.set(Way::Fails);
    shift.let_go();
    Box::pin(shift.outlasts_it()).await;
}

#[tokio::test]
async fn answers_slower_than_the_limit_of_a_call_lose_nothing_and_count_once() {
    let shift = Shift::begin(SHORT).await;
    shift.proxy.set(Way::Slow(SHORT * 2));
    shift.let_go();
    shift.reaches("succeeded", SLOTS).await;
    Box::pin(shift.outlasts_it()).await;
}

#[tokio::test]
async fn connections_that_hang_for_ever_are_abandoned() {
    let shift = Shift::begin(SHORT).await;
    shift.proxy.set(Way::Hangs);
    shift.let_go();
    Box::pin(shift.outlasts_it()).await;
}
