//! The queues that `/metrics` shows.

use windlass_store::testing::TestDatabase;

use crate::support::{create, job, pipeline, with_tasks};

/// Idle types before the one with work, by name: their counters do not fit in one piece.
const IDLE: &str = "
    INSERT INTO queues (type) SELECT 'idle-' || n FROM generate_series(1, 9000) n;
    INSERT INTO queue_counts (type, shard, queued, scheduled, running)
    SELECT 'idle-' || n, 0, 0, 0, 0 FROM generate_series(1, 9000) n;";

#[tokio::test]
async fn a_type_whose_tasks_cannot_be_leased_is_found_among_any_number_of_idle_ones() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    sqlx::raw_sql(IDLE).execute(&mut database.connect().await).await.unwrap();
    let (paused, _) = create(&store, pipeline(vec![with_tasks(job("a"), 3)])).await;
    store.pause_pipeline(paused.id, None).await.unwrap();
    let mut found = Vec::new();
    // A round is three pieces; the next one finds it again.
    for _ in 0..6 {
        found.extend(store.busy_queues(&[], 10).await.unwrap());
    }
    let found: Vec<_> = found.into_iter().map(|queue| (queue.type_name, queue.queued)).collect();
    assert_eq!(found, [("work".to_owned(), 3), ("work".to_owned(), 3)]);
    database.finish().await;
}
