//! Queues of types that nobody uses go; those that somebody may use stay.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use windlass_domain::TypeName;
use windlass_store::testing::TestDatabase;
use windlass_store::{Retention, Scope, Store};

use crate::support::{create, dequeue, job, limited, paused, pipeline, with_tasks};

const DAY: Duration = Duration::from_hours(24);

async fn names(store: &Store) -> Vec<String> {
    store.queues(None, 500).await.unwrap().into_iter().map(|queue| queue.type_name).collect()
}

fn name(text: &str) -> TypeName {
    TypeName::parse(text).unwrap()
}

/// A queue that a client named once, and never a job.
async fn named(store: &Store, text: &str) {
    store.patch_queue(&name(text), &paused(false)).await.unwrap();
}

#[tokio::test]
async fn queues_without_jobs_or_a_setting_go_after_a_day() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    named(&store, "junk").await;
    store.patch_queue(&name("limited"), &limited(Some(3))).await.unwrap();
    store.patch_queue(&name("paused"), &paused(true)).await.unwrap();
    let (created, _) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    assert_eq!(store.prune_queues().await.unwrap(), 0, "of the last day");
    database.advance(DAY + Duration::from_secs(1)).await;
    named(&store, "new").await;
    assert_eq!(store.prune_queues().await.unwrap(), 1);
    assert_eq!(names(&store).await, ["limited", "new", "paused", "work"]);
    store.cancel_pipeline(created.id, None).await.unwrap();
    while store.settle().await.unwrap().full {}
    assert_eq!(store.prune_queues().await.unwrap(), 1, "its job has ended");
    assert_eq!(names(&store).await, ["limited", "new", "paused"]);
    store.retry_pipeline(created.id, Scope::Failed, None, None).await.unwrap();
    assert_eq!(dequeue(&store, 1).await[0].pipeline_id, created.id, "the queue came back with the retry");
    assert_eq!(store.prune_queues().await.unwrap(), 0, "its job has not ended");
    store.cancel_pipeline(created.id, None).await.unwrap();
    store.delete_pipeline(created.id).await.unwrap();
    while store.prune(&Retention::default()).await.unwrap().rows > 0 {}
    assert_eq!(store.prune_queues().await.unwrap(), 0, "the retry named it in the last day");
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    assert_eq!(dequeue(&store, 1).await[0].job_id, jobs[0].id, "a job of the same type");
    database.finish().await;
}

/// A create that has not committed holds the lock of its type's class, and the queue stays.
#[tokio::test]
async fn a_queue_stays_while_a_job_of_its_type_is_being_created() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    named(&store, "work").await;
    database.advance(DAY + Duration::from_secs(1)).await;
    // The create waits for what somebody holds, after it has named the type.
    let mut holder = database.connect().await;
    let mut held = holder.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE job_specs IN SHARE MODE").execute(&mut *held).await.unwrap();
    let creating = tokio::spawn({
        let store = store.clone();
        async move { create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await }
    });
    until_somebody_waits(&mut database.connect().await).await;
    assert_eq!(store.prune_queues().await.unwrap(), 0);
    held.commit().await.unwrap();
    let (_, jobs) = creating.await.unwrap();
    assert_eq!(dequeue(&store, 1).await[0].job_id, jobs[0].id);
    database.finish().await;
}

/// A retry that has not committed holds it as well.
#[tokio::test]
async fn a_queue_stays_while_a_job_of_its_type_is_being_retried() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    store.cancel_pipeline(created.id, None).await.unwrap();
    database.advance(DAY + Duration::from_secs(1)).await;
    // The retry waits for its pipeline, after it has named the type.
    let mut holder = database.connect().await;
    let mut held = holder.begin().await.unwrap();
    sqlx::raw_sql("SELECT FROM pipelines FOR UPDATE").execute(&mut *held).await.unwrap();
    let retrying = tokio::spawn({
        let store = store.clone();
        async move { store.retry_pipeline(created.id, Scope::Failed, None, None).await }
    });
    until_somebody_waits(&mut database.connect().await).await;
    assert_eq!(store.prune_queues().await.unwrap(), 0);
    held.commit().await.unwrap();
    retrying.await.unwrap().unwrap();
    assert_eq!(dequeue(&store, 1).await[0].job_id, jobs[0].id);
    database.finish().await;
}

async fn until_somebody_waits(connection: &mut PgConnection) {
    let waits = "SELECT EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    )";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut *connection).await.unwrap() {
        tokio::task::yield_now().await;
    }
}
