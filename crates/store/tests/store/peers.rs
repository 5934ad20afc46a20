//! What the systems that this product replaces pay for, in rows, blocks, bytes and statements; never in time.
//!
//! The table of all that they get wrong is in `tests/contract/peers/mod.rs`; these are the lines that only Postgres can show.

use std::time::Duration;

use windlass_domain::Directive;
use windlass_store::testing::TestDatabase;
use windlass_store::{NewJob, Report, Store};

use crate::cost::{Cost, least_of_ten};
use crate::plans::notices::Notices;
use crate::support::{
    complete, completion, completions, create, dequeue, failure, job, pipeline, release_of, with_tasks,
};

/// Leases and completes so many tasks.
async fn finish(store: &Store, tasks: usize) {
    let leased = dequeue(store, tasks).await;
    assert_eq!(leased.len(), tasks);
    assert!(store.report(&completions(&leased)).await.unwrap().iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_completion_costs_as_much_after_2000_finished_tasks_as_after_10() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    create(&store, pipeline(vec![with_tasks(job("a"), 2_100)])).await;
    let completions = async || {
        let mut leased = dequeue(&store, 10).await;
        let complete = async || drop(complete(&store, &leased.pop().unwrap()).await.unwrap());
        least_of_ten(&notices, complete).await
    };
    finish(&store, 10).await;
    let early = completions().await;
    finish(&store, 1_980).await;
    let late = completions().await;
    println!("after 10: {early:?}; after 2,000: {late:?}");
    late.is_no_more_than(early);
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn a_hundred_completions_take_one_statement() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    create(&store, pipeline(vec![with_tasks(job("a"), 200)])).await;
    let mut statements = Vec::new();
    for tasks in [1, 100] {
        let batch = completions(&dequeue(&store, tasks).await);
        notices.take();
        store.report(&batch).await.unwrap();
        statements.push(Cost::of(&notices).statements);
    }
    assert_eq!(statements, [1, 1]);
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn a_hundred_reports_of_all_kinds_take_two_statements_and_a_third_where_some_fail_for_good() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let again = [Directive::Auto, Directive::After(Duration::ZERO), Directive::After(Duration::ZERO)];
    let for_good = [Directive::Auto, Directive::Never, Directive::After(Duration::ZERO)];
    for (kinds, statements, why) in [
        (again, 2, "one looks where the failures are"),
        (for_good, 3, "one more writes down what failed for good"),
    ] {
        create(&store, pipeline(vec![NewJob { max_failed_tasks: 100, ..with_tasks(job("a"), 200) }])).await;
        let leased = dequeue(&store, 100).await;
        let reports: Vec<Report> = leased
            .iter()
            .enumerate()
            .map(|(number, task)| match number % 5 {
                0 => completion(task).into(),
                1 => release_of(task, Duration::ZERO).into(),
                kind => failure(task, kinds[kind - 2]).into(),
            })
            .collect();
        notices.take();
        assert!(store.report(&reports).await.unwrap().iter().all(Result::is_ok));
        assert_eq!(Cost::of(&notices).statements, statements, "{why}");
    }
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn a_dequeue_reads_as_little_behind_20000_running_tasks_as_behind_200() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let exhausted = async |jobs: usize, tasks: usize| {
        let jobs = (0..jobs).map(|number| with_tasks(job(&format!("job-{number}")), tasks)).collect();
        create(&store, pipeline(jobs)).await;
    };
    let mut vacuum = database.connect().await;
    let mut dequeues = async || {
        create(&store, pipeline(vec![with_tasks(job("behind"), 10)])).await;
        // Jobs that were just exhausted leave dead entries in the index, whether their tasks run or have ended.
        sqlx::raw_sql("VACUUM").execute(&mut vacuum).await.unwrap();
        least_of_ten(&notices, async || assert_eq!(dequeue(&store, 1).await.len(), 1)).await
    };
    exhausted(100, 1).await;
    exhausted(1, 100).await;
    assert_eq!(dequeue(&store, 200).await.len(), 200);
    let few = dequeues().await;
    for _ in 0..10 {
        exhausted(990, 1).await;
        exhausted(1, 990).await;
        assert_eq!(dequeue(&store, 1_980).await.len(), 1_980);
    }
    let many = dequeues().await;
    println!("behind 200: {few:?}; behind 20,000: {many:?}");
    many.is_no_more_than(few);
    store.close().await;
    database.finish().await;
}

/// `GET /metrics` asks the database for its queues and for nothing else.
#[tokio::test]
async fn what_metrics_ask_for_reads_as_little_of_20000_tasks_as_of_200() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let queues =
        async || least_of_ten(&notices, async || drop(store.busy_queues(&[], 200).await.unwrap())).await;
    create(&store, pipeline(vec![with_tasks(job("a"), 200)])).await;
    finish(&store, 50).await;
    let few = queues().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 10_000), with_tasks(job("b"), 9_800)])).await;
    finish(&store, 2_500).await;
    assert_eq!(dequeue(&store, 2_500).await.len(), 2_500);
    let many = queues().await;
    println!("of 200: {few:?}; of 20,000: {many:?}");
    many.is_no_more_than(few);
    store.close().await;
    database.finish().await;
}
