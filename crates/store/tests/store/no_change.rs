//! Controls that change nothing.

use std::time::Duration;

use sqlx::Connection;
use tokio::task::JoinSet;
use windlass_domain::{Priority, Sealing};
use windlass_store::testing::TestDatabase;
use windlass_store::{NewJob, PipelineChange};

use crate::support::{create, job, pipeline, with_tasks};

/// Far longer than a read takes, and shorter than a lock is waited for.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_control_that_changes_nothing_waits_for_no_lock() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (paused, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    store.pause_job(jobs[0].id, None).await.unwrap();
    store.pause_pipeline(paused.id, None).await.unwrap();
    let (running, others) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    let (cancelled, _) = create(&store, pipeline(vec![NewJob { sealed: Sealing::Later, ..job("a") }])).await;
    store.cancel_pipeline(cancelled.id, None).await.unwrap();
    let mut holder = database.connect().await;
    let mut held = holder.begin().await.unwrap();
    for table in ["pipeline_controls", "jobs", "pipelines"] {
        let lock = sqlx::AssertSqlSafe(format!("SELECT FROM {table} FOR UPDATE"));
        sqlx::raw_sql(lock).execute(&mut *held).await.unwrap();
    }
    let same = PipelineChange {
        priority: Some(Priority::default()),
        deadline_at: Some(None),
        ..PipelineChange::default()
    };
    let controls = async {
        assert!(store.pause_pipeline(paused.id, None).await.unwrap().0.paused);
        assert!(!store.resume_pipeline(running.id, None).await.unwrap().0.paused);
        store.seal_pipeline(running.id, None).await.unwrap();
        store.patch_pipeline(running.id, same).await.unwrap();
        store.cancel_pipeline(cancelled.id, None).await.unwrap();
        assert!(store.pause_job(jobs[0].id, None).await.unwrap().paused);
        assert!(!store.resume_job(others[0].id, None).await.unwrap().paused);
        store.seal_job(others[0].id, None).await.unwrap();
    };
    tokio::time::timeout(SOON, controls).await.expect("each answers while others hold all rows");
    held.rollback().await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn of_many_pauses_at_once_one_writes_the_jobs() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, _) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    let mut pauses = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        pauses.spawn(async move { store.pause_pipeline(created.id, None).await });
    }
    for paused in pauses.join_all().await {
        assert!(paused.unwrap().0.paused);
    }
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE flag = 'paused'")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(events, 1);
    database.finish().await;
}
