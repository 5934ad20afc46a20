//! Hot connections: hot statements stay on one backend, and a connection that broke fails one call at the most.

use std::time::Duration;

use windlass_domain::WorkerId;
use windlass_store::testing::TestDatabase;
use windlass_store::{Caller, Dequeue, Error};

use crate::support::{complete, create, dequeue, job, pipeline, types, with_tasks};

const BACKENDS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn hot_statements_stay_on_one_backend() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("work"), 30)])).await;
    let (first, second, third) = tokio::join!(store.ping(), store.ping(), store.ping());
    first.and(second).and(third).unwrap();
    for _ in 0..10 {
        for task in dequeue(&store, 2).await {
            complete(&store, &task).await.unwrap();
        }
    }
    let hot = format!("{BACKENDS} AND query LIKE '-- Made by `make sql` from %'");
    let mut connection = database.connect().await;
    let all: i64 = sqlx::query_scalar(BACKENDS).fetch_one(&mut connection).await.unwrap();
    let hot: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(hot)).fetch_one(&mut connection).await.unwrap();
    assert!(all > 1, "{all} backends");
    assert_eq!(hot, 1);
    assert_eq!(store.pool_use().used, 0, "a hot connection that waits is idle");
    database.finish().await;
}

#[tokio::test]
async fn a_hot_connection_that_broke_fails_one_call_at_the_most() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("work"), 30)])).await;
    let before = dequeue(&store, 1).await;
    let cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::raw_sql(cut).execute(&mut database.connect().await).await.unwrap();
    let request = Dequeue {
        caller: Caller::default(),
        worker: WorkerId::parse("w").unwrap(),
        max_tasks: 1,
        lease: None,
        key: None,
    };
    match store.dequeue(&types(), &[request]).await {
        Ok(_) | Err(Error::Unavailable(_)) => {}
        Err(error) => panic!("{error}"),
    }
    let after = dequeue(&store, 1).await;
    for task in before.iter().chain(&after) {
        complete(&store, task).await.unwrap();
    }
    assert_eq!(store.job(jobs[0].id).await.unwrap().counts.succeeded, 2);
    database.finish().await;
}

#[tokio::test]
async fn a_store_that_is_closed_waits_for_no_hot_connection() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("work"), 3)])).await;
    assert_eq!(dequeue(&store, 1).await.len(), 1);
    tokio::time::timeout(Duration::from_secs(30), store.close()).await.unwrap();
    database.finish().await;
}
