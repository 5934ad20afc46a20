//! How the database is doing, as the store sees it.

use std::time::{Duration, Instant};

use sqlx::Connection;
use windlass_domain::{Sealing, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{EventCursor, EventFilter, NewJob, NewTask, Store, Vitals};

use crate::support::{after, complete, create, dequeue, job, pipeline, with_tasks};

/// Looks until what is seen is as it should be.
async fn eventually(store: &Store, right: impl Fn(&Vitals) -> bool) -> Vitals {
    let begun = Instant::now();
    loop {
        let vitals = store.vitals().await.unwrap();
        if right(&vitals) {
            return vitals;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{vitals:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_transaction_that_does_not_end_is_seen_to_hold_back_readers_of_events_and_vacuum() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut connection = database.connect().await;
    let mut writing = connection.begin().await.unwrap();
    sqlx::raw_sql(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; INSERT INTO workers VALUES ('w', '{}', now())",
    )
    .execute(&mut *writing)
    .await
    .unwrap();
    for _ in 0..5 {
        let worker = "INSERT INTO workers SELECT 'w' || g, '{}', now() FROM generate_series(1, 2) g ON CONFLICT (id) DO UPDATE SET last_seen_at = now()";
        let mut other = database.connect().await;
        sqlx::raw_sql(worker).execute(&mut other).await.unwrap();
    }
    let held = eventually(&store, |vitals| vitals.horizon_age_seconds > 1.0).await;
    assert!(held.xmin_age >= 5, "{held:?}");
    writing.rollback().await.unwrap();
    eventually(&store, |vitals| vitals.horizon_age_seconds < 1.0).await;
    drop(connection);
    drop(store);
    database.finish_without_check().await;
}

#[tokio::test]
async fn a_transaction_in_another_database_of_the_cluster_holds_back_no_reader_of_events() {
    let (database, neighbour) = (TestDatabase::create().await, TestDatabase::create().await);
    let (store, mut connection) = (database.store().await, neighbour.connect().await);
    let mut writing = connection.begin().await.unwrap();
    let write = "INSERT INTO workers VALUES ('w', '{}', now())";
    sqlx::raw_sql(write).execute(&mut *writing).await.unwrap();
    let (made, _) = create(&store, pipeline(vec![job("a")])).await;
    let filter = EventFilter { pipeline_id: Some(made.id), ..EventFilter::default() };
    assert!(!store.events(&filter, EventCursor::START, 10).await.unwrap().events.is_empty());
    let first = store.vitals().await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = store.vitals().await.unwrap();
    assert!(first.horizon_age_seconds == 0.0 && second.horizon_age_seconds == 0.0, "{second:?}");
    writing.rollback().await.unwrap();
    drop((connection, store));
    neighbour.finish_without_check().await;
    database.finish_without_check().await;
}

#[tokio::test]
async fn dead_tuples_are_counted_of_the_hot_tables() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let vitals = store.vitals().await.unwrap();
    let tables: Vec<&str> = vitals.dead_tuples.iter().map(|(table, _)| table.as_str()).collect();
    assert_eq!(tables, ["jobs", "leases", "pipelines", "queue_counts", "tasks"]);
    assert!(vitals.dead_tuples.iter().all(|(_, dead)| *dead >= 0));
    let pool = store.pool_use();
    assert!(pool.max == 10 && pool.used + pool.idle <= pool.max && pool.used + pool.idle >= 1, "{pool:?}");
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn an_open_job_that_is_not_sealed_and_has_nothing_to_do_is_idle_an_hour_after_it_opened() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let idle = async || store.vitals().await.unwrap().idle_jobs;
    let unsealed = |key: &str| NewJob { sealed: Sealing::Later, ..job(key) };
    let waits = NewJob { sealed: Sealing::Later, ..after("c", &[("a", When::Succeeded)]) };
    let (_, jobs) = create(&store, pipeline(vec![unsealed("a"), with_tasks(unsealed("b"), 1), waits])).await;
    database.advance(Duration::from_secs(3_590)).await;
    assert_eq!(idle().await, 0);
    database.advance(Duration::from_secs(11)).await;
    assert_eq!(idle().await, 1, "a alone: b has a task, and c has not opened");
    let leased = dequeue(&store, 1).await;
    assert_eq!(idle().await, 1);
    complete(&store, &leased[0]).await.unwrap();
    assert_eq!(idle().await, 2);
    store.add_tasks(jobs[1].id, vec![NewTask::default()], None).await.unwrap();
    assert_eq!(idle().await, 1);
    store.seal_job(jobs[0].id, None).await.unwrap();
    assert_eq!(idle().await, 0);
    database.finish().await;
}
