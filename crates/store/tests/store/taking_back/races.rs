//! Retries that take back, beside workers that dequeue, add and report, and beside the background.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::Connection;
use windlass_domain::{Directive, JobState};
use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, Error, NewTask, Report, Retention, Scope, Store};

use super::{add, adding, open, typed};
use crate::stale::races::until_blocked;
use crate::support::{Way, completion, create, dequeue_of, failure, pipeline, release_of, with_tasks};

const TYPES: [&str; 3] = ["scan", "hash", "keep"];
/// How often a job is retried while the workers go on.
const RETRIES: usize = 6;

/// What a worker does with its task, by turns: most add to the next job, some to their own.
fn report(task: &windlass_store::LeasedTask, turn: usize) -> Report {
    let tasks = vec![NewTask::default(); if turn.is_multiple_of(11) { 120 } else { 2 }];
    match (task.job_key.as_str(), turn % 5) {
        (_, 0) => failure(task, Directive::After(Duration::ZERO)).into(),
        (_, 1) => release_of(task, Duration::ZERO).into(),
        ("scan", _) => adding(task, "hash", tasks),
        ("hash", 2) => adding(task, "hash", vec![NewTask::default()]),
        ("hash", _) => adding(task, "keep", tasks),
        _ => completion(task).into(),
    }
}

async fn work(store: Store, turns: Arc<AtomicUsize>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        let leased = dequeue_of(&store, TYPES[turn % TYPES.len()], 4).await;
        let reports: Vec<Report> = leased.iter().map(|task| report(task, turn)).collect();
        for answer in store.report(&reports).await.unwrap() {
            assert!(
                matches!(answer, Ok(_) | Err(Error::LeaseLost { .. } | Error::JobSealed { .. })),
                "{answer:?}"
            );
        }
        tokio::task::yield_now().await;
    }
}

async fn keep_up(store: Store, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        store.sweep().await.unwrap();
        store.promote().await.unwrap();
        store.settle().await.unwrap();
        store.prune(&Retention::default()).await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_task_is_lost_or_runs_though_it_was_taken_back_whatever_goes_on_meanwhile() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(3).await;
    let jobs = vec![with_tasks(typed("scan"), 4), open("hash"), open("keep")];
    let (_, jobs) = create(&store, pipeline(jobs)).await;
    let (turns, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut going: Vec<_> =
        (0..4).map(|_| tokio::spawn(work(store.clone(), Arc::clone(&turns), Arc::clone(&stop)))).collect();
    going.push(tokio::spawn(keep_up(store.clone(), Arc::clone(&stop))));
    let mut retried = 0;
    while retried < RETRIES {
        // What ends by itself is retried at once; each third time what is below is cancelled before, and brought back after it.
        let scan = store.job(jobs[0].id).await.unwrap();
        if !scan.state.has_ended() {
            tokio::task::yield_now().await;
            continue;
        }
        if retried.is_multiple_of(3) {
            store.cancel_job(jobs[1].id, None).await.map(drop).ok();
        }
        store.retry_job(jobs[0].id, Scope::All, Descendants::Stay, None).await.unwrap();
        store.retry_job(jobs[1].id, Scope::Failed, Descendants::Stay, None).await.map(drop).ok();
        retried += 1;
    }
    stop.store(true, Ordering::Relaxed);
    for one in going {
        one.await.unwrap();
    }
    assert!(database.violations().await.is_empty(), "{:?}", database.violations().await);
    // All that is shown as waiting can be had, and nothing else.
    while store.settle().await.unwrap().full {}
    for (kind, job) in TYPES.iter().zip(&jobs) {
        let shown = store.job(job.id).await.unwrap();
        let mut had = 0;
        loop {
            let leased = dequeue_of(&store, kind, 100).await;
            if leased.is_empty() {
                break;
            }
            had += leased.len();
            for task in leased {
                store.task(task.id).await.unwrap();
            }
        }
        assert_eq!(had, usize::try_from(shown.counts.queued).unwrap(), "{kind} in {:?}", shown.state);
    }
    database.finish().await;
}

/// Both wait for the job `hash`: whichever is first, the tasks that the completion adds are of a scan that has run, or are not added.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_completion_that_adds_and_a_retry_that_takes_back_never_leave_half() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for _ in 0..20 {
        let (_, jobs) = create(&store, pipeline(vec![typed("scan"), open("hash"), open("keep")])).await;
        let scan = dequeue_of(&store, "scan", 1).await.remove(0);
        add(&store, &scan, "hash", 3).await;
        let leased = dequeue_of(&store, "hash", 3).await;
        let reports: Vec<[Report; 1]> =
            leased.iter().map(|task| [adding(task, "keep", vec![NewTask::default(); 2])]).collect();
        let (first, second, third, again) = tokio::join!(
            store.report(&reports[0]),
            store.report(&reports[1]),
            store.report(&reports[2]),
            store.retry_job(jobs[0].id, Scope::All, Descendants::Stay, None),
        );
        assert_eq!(again.unwrap().state, JobState::Queued);
        for answer in [first, second, third] {
            let answer = answer.unwrap().remove(0);
            assert!(
                matches!(answer, Ok(_) | Err(Error::LeaseLost { .. } | Error::NotFound(_))),
                "{answer:?}"
            );
        }
        for job in &jobs[1..] {
            assert_eq!(store.job(job.id).await.unwrap().counts.total, 0, "{}", job.key);
        }
        assert!(database.violations().await.is_empty(), "{:?}", database.violations().await);
        assert!(
            dequeue_of(&store, "hash", 9).await.is_empty() && dequeue_of(&store, "keep", 9).await.is_empty()
        );
        store.cancel_job(jobs[0].id, None).await.unwrap();
    }
    database.finish().await;
}

/// A retry that takes tasks back raises the mark over all positions drawn before: one drawn before it, and used after it, would sink the mark below
/// tasks that are gone.
#[tokio::test]
async fn a_task_that_waits_again_draws_its_position_under_the_lock_of_its_job() {
    for way in Way::ALL {
        let database = TestDatabase::create().await;
        let store = database.store().await;
        let (_, jobs) = create(&store, pipeline(vec![with_tasks(typed("hash"), 1)])).await;
        let task = dequeue_of(&store, "hash", 1).await.remove(0);
        way.go(&store).await;
        let mut connection = database.connect().await;
        let mut held = connection.begin().await.unwrap();
        let lock = sqlx::query("SELECT FROM jobs WHERE id = $1 FOR NO KEY UPDATE").bind(jobs[0].id);
        lock.execute(&mut *held).await.unwrap();
        let reporting = tokio::spawn({
            let (store, report) = (store.clone(), [failure(&task, Directive::After(Duration::ZERO)).into()]);
            async move { store.report(&report).await.unwrap().remove(0).unwrap() }
        });
        until_blocked(&database, 1).await;
        let raise = sqlx::query_scalar(
            "UPDATE jobs SET head = nextval('task_positions') WHERE id = $1 RETURNING head",
        );
        let raised: i64 = raise.bind(jobs[0].id).fetch_one(&mut *held).await.unwrap();
        held.commit().await.unwrap();
        reporting.await.unwrap();
        let position = sqlx::query_scalar("SELECT position FROM tasks WHERE id = $1").bind(task.id);
        let position: i64 = position.fetch_one(&mut connection).await.unwrap();
        assert!(position > raised, "{way:?}: {position} after {raised}");
        database.finish().await;
    }
}
