//! Low-water marks spare a dequeue the jobs that have nothing left to lease, and hide none that has.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sqlx::Connection;
use windlass_domain::Directive;
use windlass_store::testing::TestDatabase;
use windlass_store::{LeasedTask, NewPipeline, NewTask, Store};

use crate::cost::least_of_ten;
use crate::held_snapshot::hold_snapshot;
use crate::plans::notices::Notices;
use crate::support::{complete, completions, create, dequeue, fail, job, pipeline, read, urgent, with_tasks};

/// More than any table here has.
const MANY_DEAD: i64 = i64::MAX;

/// A pipeline of jobs of one task each, which can be retried.
fn small_jobs(jobs: usize) -> NewPipeline {
    pipeline((0..jobs).map(|number| with_tasks(job(&format!("job-{number}")), 1)).collect())
}

async fn look(store: &Store) {
    store.look_for_low_water(MANY_DEAD).await.unwrap();
}

/// Leases up to so many tasks and completes them; how many there were.
async fn finish(store: &Store, tasks: usize) -> usize {
    let leased = dequeue(store, tasks).await;
    assert!(store.report(&completions(&leased)).await.unwrap().iter().all(Result::is_ok));
    leased.len()
}

fn keys(tasks: &[LeasedTask]) -> Vec<&str> {
    tasks.iter().map(|task| task.job_key.as_str()).collect()
}

#[tokio::test]
async fn a_dequeue_behind_2000_finished_jobs_that_a_held_snapshot_keeps_passes_none_of_them() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await.with_low_water_margin(Duration::ZERO);
    create(&store, small_jobs(1_000)).await;
    create(&store, small_jobs(1_000)).await;
    create(&store, small_jobs(100)).await;
    let few = least_of_ten(&notices, async || drop(dequeue(&store, 1).await)).await;
    let held = hold_snapshot(&database).await;
    assert_eq!(dequeue(&store, 1_990).await.len(), 1_990);
    let dequeues =
        async || least_of_ten(&notices, async || assert_eq!(dequeue(&store, 1).await.len(), 1)).await;
    let without = dequeues().await;
    look(&store).await;
    let with = dequeues().await;
    println!("at first: {few:?}, then: {without:?}, with a mark: {with:?}");
    assert!(without.blocks > few.blocks * 2.0, "the snapshot holds them");
    with.is_no_more_than(few);
    assert!(with.blocks < few.blocks * 2.0, "at first: {few:?}, with a mark: {with:?}");
    dequeue(&store, 1_000).await;
    let idle = least_of_ten(&notices, async || assert!(dequeue(&store, 1).await.is_empty())).await;
    look(&store).await;
    let idle_with = least_of_ten(&notices, async || assert!(dequeue(&store, 1).await.is_empty())).await;
    println!("with nothing left: {idle:?}, with a mark: {idle_with:?}");
    // Two statements, which would pass the dead entries twice.
    assert!(idle_with.blocks < without.blocks, "{idle_with:?}");
    held.close().await.unwrap();
    store.close().await;
    database.finish().await;
}

/// Each way in which a job behind the mark can be dequeued again; the order of dequeue (priority, then position) holds all the while.
#[tokio::test]
async fn a_job_that_returns_behind_a_mark_is_found_at_its_position() {
    let database = TestDatabase::create().await;
    let store = database.store().await.with_low_water_margin(Duration::ZERO);
    let (first, jobs) = create(&store, small_jobs(5)).await;
    let mut unsealed = with_tasks(job("unsealed"), 1);
    unsealed.sealed = windlass_domain::Sealing::Later;
    let (second, added_to) = create(&store, pipeline(vec![unsealed, with_tasks(job("paused"), 1)])).await;
    let third = create(&store, small_jobs(3)).await.0;
    let leased = dequeue(&store, 6).await;
    assert_eq!(keys(&leased), ["job-0", "job-1", "job-2", "job-3", "job-4", "unsealed"]);
    store.pause_job(added_to[1].id, None).await.unwrap();
    look(&store).await;
    assert_eq!(keys(&dequeue(&store, 1).await), ["job-0"], "of the third pipeline");
    store.resume_job(added_to[1].id, None).await.unwrap();
    assert_eq!(keys(&dequeue(&store, 1).await), ["paused"]);
    fail(&store, &leased[3], Directive::After(Duration::ZERO)).await.unwrap();
    assert_eq!(keys(&dequeue(&store, 1).await), ["job-3"], "tried again");
    store.add_tasks(added_to[0].id, vec![NewTask::default()], None).await.unwrap();
    store.release_undelivered(&[(leased[1].id, leased[1].lease_token)], None).await.unwrap();
    assert_eq!(keys(&dequeue(&store, 2).await), ["job-1", "unsealed"], "released, and added to");
    fail(&store, &leased[2], Directive::After(Duration::from_secs(50))).await.unwrap();
    complete(&store, &leased[4]).await.unwrap();
    database.advance(Duration::from_secs(51)).await;
    while store.promote().await.unwrap().tasks == 0 {}
    store.patch_pipeline(third.id, urgent()).await.unwrap();
    assert_eq!(
        keys(&dequeue(&store, 2).await),
        ["job-1", "job-2"],
        "what is urgent now, then what was scheduled"
    );
    fail(&store, &leased[0], Directive::Never).await.unwrap();
    look(&store).await;
    store
        .retry_job(jobs[0].id, windlass_store::Scope::Failed, windlass_store::Descendants::Stay, None)
        .await
        .unwrap();
    assert_eq!(keys(&dequeue(&store, 1).await), ["job-2"], "of the third pipeline, which is urgent");
    assert_eq!(keys(&dequeue(&store, 1).await), ["job-0"], "retried by hand");
    assert!(dequeue(&store, 9).await.is_empty());
    for pipeline in [first.id, second.id, third.id] {
        assert!(read(&store, pipeline).await.1.iter().all(|job| job.counts.queued == 0));
    }
    database.finish().await;
}

/// Somebody who opens jobs draws their positions first and commits later.
#[tokio::test]
async fn a_mark_waits_for_those_who_drew_a_position_and_have_not_committed() {
    let database = TestDatabase::create().await;
    let store = database.store().await.with_low_water_margin(Duration::from_hours(1));
    create(&store, small_jobs(1)).await;
    let mut slow = database.connect().await;
    let late: i64 = sqlx::query_scalar("SELECT nextval('job_positions')").fetch_one(&mut slow).await.unwrap();
    create(&store, small_jobs(3)).await;
    finish(&store, 4).await;
    look(&store).await;
    let (created, jobs) = create(&store, small_jobs(1)).await;
    sqlx::query("UPDATE jobs SET opened_position = $2 WHERE id = $1")
        .bind(jobs[0].id)
        .bind(late)
        .execute(&mut slow)
        .await
        .unwrap();
    look(&store).await;
    assert_eq!(dequeue(&store, 1).await[0].pipeline_id, created.id);
    database.finish().await;
}

#[tokio::test]
async fn marks_are_forgotten_where_few_rows_are_dead() {
    let database = TestDatabase::create().await;
    let store = database.store().await.with_low_water_margin(Duration::ZERO);
    create(&store, small_jobs(2)).await;
    finish(&store, 2).await;
    look(&store).await;
    create(&store, small_jobs(1)).await;
    let hidden = "UPDATE jobs SET opened_position = 1 WHERE state = 'queued'";
    sqlx::raw_sql(hidden).execute(&mut database.connect().await).await.unwrap();
    assert!(dequeue(&store, 1).await.is_empty(), "it is where no job can open");
    store.look_for_low_water(0).await.unwrap();
    assert_eq!(dequeue(&store, 1).await.len(), 1);
    database.finish().await;
}

/// Longer than a transaction takes on a busy machine.
const MARGIN: Duration = Duration::from_secs(2);

/// For some seconds: jobs open on one server while they are dequeued on another, and some tasks come back.
#[tokio::test]
async fn nothing_is_hidden_while_jobs_open_and_return_and_marks_follow() {
    let database = TestDatabase::create().await;
    let (producer, store) = (database.store().await, database.store().await);
    let store = store.with_low_water_margin(MARGIN);
    let until = Instant::now() + MARGIN * 3;
    let creators = (0..3).map(|_| {
        let store = producer.clone();
        tokio::spawn(async move {
            while Instant::now() < until {
                create(&store, small_jobs(5)).await;
            }
        })
    });
    let takers = (0..3).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut returning = VecDeque::new();
            while Instant::now() < until {
                let held_back = dequeue(&store, 1).await;
                finish(&store, 100).await;
                // By the time it returns, the mark has passed it.
                returning.extend(held_back.into_iter().map(|task| (Instant::now(), task)));
                while returning.front().is_some_and(|(at, _)| at.elapsed() > MARGIN + MARGIN / 2) {
                    let (_, task) = returning.pop_front().expect("it was just there");
                    fail(&store, &task, Directive::After(Duration::ZERO)).await.unwrap();
                }
            }
            for (_, task) in returning {
                fail(&store, &task, Directive::After(Duration::ZERO)).await.unwrap();
            }
        })
    });
    let tasks: Vec<_> = creators.chain(takers).collect();
    let before = store.clone();
    while Instant::now() < until {
        look(&before).await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    let queued = async || store.queues(None, 500).await.unwrap()[0].queued;
    while queued().await > 0 {
        assert!(finish(&store, 500).await > 0, "{} tasks are hidden", queued().await);
    }
    database.finish().await;
}
