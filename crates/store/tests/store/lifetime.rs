//! Connections do not become older than they may.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use windlass_store::testing::TestDatabase;
use windlass_store::{Settings, Store};

use crate::support::{complete, create, dequeue, job, pipeline, with_tasks};

/// Sessions of others that are older than the test's connection.
const OLDER: &str = "SELECT count(*) FROM pg_stat_activity a, pg_stat_activity own
    WHERE own.pid = pg_backend_pid() AND a.datname = current_database() AND a.backend_start < own.backend_start";

#[tokio::test]
async fn a_connection_that_is_used_all_the_time_is_replaced_when_it_is_as_old_as_it_may_be() {
    let database = TestDatabase::create().await;
    let settings = Settings { max_lifetime: Duration::from_millis(500), ..Settings::new(database.url()) };
    let store = Store::connect(&settings, Arc::new(|_, _| {})).await.unwrap();
    create(&store, pipeline(vec![with_tasks(job("work"), 1)])).await;
    let mut watching = database.connect().await;
    assert!(older(&mut watching).await > 0);
    let begun = Instant::now();
    while older(&mut watching).await > 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "connections are used although they are too old");
        store.ping().await.unwrap();
        store.workers().await.unwrap();
    }
    for task in dequeue(&store, 1).await {
        complete(&store, &task).await.unwrap();
    }
    database.finish().await;
}

async fn older(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(OLDER).fetch_one(connection).await.unwrap()
}
