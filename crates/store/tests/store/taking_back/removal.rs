//! Rows of what was taken back go in the background, those with attempts with their pipeline.

use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, Retention, Scope};

use super::{add, open, typed};
use crate::support::{create, dequeue_of, pipeline};

async fn tasks(database: &TestDatabase) -> i64 {
    let rows = sqlx::query_scalar("SELECT count(*) FROM tasks");
    rows.fetch_one(&mut database.connect().await).await.unwrap()
}

#[tokio::test]
async fn tasks_without_an_attempt_go_a_piece_at_a_time_and_the_others_with_their_pipeline() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![typed("scan"), open("hash")])).await;
    let scan = dequeue_of(&store, "scan", 1).await.remove(0);
    add(&store, &scan, "hash", 2_500).await;
    let leased = dequeue_of(&store, "hash", 3).await;
    // A released lease gives its number back, but was an attempt.
    crate::support::release(&store, &leased[0], std::time::Duration::ZERO).await.unwrap();
    store.retry_job(jobs[0].id, Scope::All, Descendants::Stay, None).await.unwrap();
    let mut left = vec![tasks(&database).await];
    while store.prune(&Retention::default()).await.unwrap().full {
        left.push(tasks(&database).await);
    }
    assert_eq!(left, [2_501, 1_504, 504, 4], "scan's own, and three that had an attempt");
    assert_eq!(store.task_attempts(leased[0].id, None, 5).await.unwrap().items.len(), 1);
    store.cancel_pipeline(created.id, None).await.unwrap();
    store.delete_pipeline(created.id).await.unwrap();
    while store.prune(&Retention::default()).await.unwrap().full {}
    assert_eq!(tasks(&database).await, 0);
    let origins: i64 = sqlx::query_scalar("SELECT count(*) FROM task_origins")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(origins, 0);
    database.finish().await;
}
