//! A PATCH of a queue answers only when no dequeue that began before it can lease anything more, whichever variant of the statement it uses.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use windlass_domain::WorkerId;
use windlass_store::testing::TestDatabase;
use windlass_store::{Caller, Dequeue, IdempotencyKey, Store};

use crate::support::{create, job, limited, paused, pipeline, types, with_tasks};

/// How a dequeue is made.
#[derive(Debug, Clone, Copy)]
struct Variant {
    keyed: bool,
    held_back: bool,
    limited: bool,
}

fn request(variant: Variant) -> Dequeue {
    let key = IdempotencyKey { scope: "dequeue".into(), key: "once".into(), body_hash: [0; 32] };
    let worker = WorkerId::parse("w").unwrap();
    Dequeue {
        caller: Caller::default(),
        worker,
        max_tasks: 1,
        lease: None,
        key: variant.keyed.then_some(key),
    }
}

/// Waits until so many statements of the database wait for a lock.
async fn until_waiting(connection: &mut PgConnection, statements: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until(connection, waiting, statements).await;
}

/// Waits until the query answers at least `least`.
async fn until(connection: &mut PgConnection, query: &'static str, least: i64) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while sqlx::query_scalar::<_, i64>(query).fetch_one(&mut *connection).await.unwrap() < least {
        assert!(Instant::now() < deadline, "{query}: still less than {least}");
    }
}

async fn prepare(store: &Store, variant: Variant) {
    store.look_for_low_water(if variant.held_back { i64::MAX } else { 0 }).await.unwrap();
    if variant.limited {
        store.patch_queue(&types()[0], &limited(Some(5))).await.unwrap();
        // A dequeue that finds nothing learns of the limit.
        store.free_types(&types()).await.unwrap();
    }
}

#[tokio::test]
async fn a_pause_of_a_queue_waits_for_every_dequeue_that_began_before_it() {
    for at in 0..8 {
        let variant = Variant { keyed: at & 1 > 0, held_back: at & 2 > 0, limited: at & 4 > 0 };
        let database = TestDatabase::create().await;
        let store = database.store().await;
        let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("work"), 3)])).await;
        prepare(&store, variant).await;
        let mut watching = database.connect().await;
        let mut blocker = database.connect().await;
        let mut blocking = blocker.begin().await.unwrap();
        let hold = sqlx::query("SELECT FROM jobs WHERE id = $1 FOR UPDATE").bind(jobs[0].id);
        hold.execute(&mut *blocking).await.unwrap();
        let dequeue = tokio::spawn({
            let store = store.clone();
            async move { store.dequeue(&types(), &[request(variant)]).await.unwrap().remove(0).unwrap() }
        });
        until_waiting(&mut watching, 1).await;
        let patch = tokio::spawn({
            let store = store.clone();
            async move { store.patch_queue(&types()[0], &paused(true)).await.unwrap() }
        });
        if variant.limited {
            // It waits for the queue's row itself.
            until_waiting(&mut watching, 2).await;
        } else {
            until(&mut watching, "SELECT count(*) FROM queues WHERE paused", 1).await;
        }
        for _ in 0..300 {
            watching.ping().await.unwrap();
            assert!(!patch.is_finished(), "{variant:?}: answered before the dequeue has ended");
        }
        blocking.commit().await.unwrap();
        let patched = patch.await.unwrap();
        assert!(patched.paused);
        assert_eq!(patched.running, 1, "{variant:?}");
        assert_eq!(dequeue.await.unwrap().tasks.len(), 1, "{variant:?}");
        let after = store.dequeue(&types(), &[request(Variant { keyed: false, ..variant })]).await.unwrap();
        assert!(after[0].as_ref().unwrap().tasks.is_empty(), "{variant:?}: leased after the pause");
        database.finish().await;
    }
}

/// A backup holds its snapshot for hours.
#[tokio::test]
async fn a_pause_of_a_queue_waits_for_nobody_who_only_reads() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("work"), 1)])).await;
    let mut reader = database.connect().await;
    let mut reading = reader.begin().await.unwrap();
    sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM leases")
        .execute(&mut *reading)
        .await
        .unwrap();
    let begun = Instant::now();
    assert!(store.patch_queue(&types()[0], &paused(true)).await.unwrap().paused);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    reading.rollback().await.unwrap();
    database.finish().await;
}
