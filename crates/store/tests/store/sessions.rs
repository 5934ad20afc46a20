//! What a database or a role has as its own settings, and what it is, do not change how the store works.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use windlass_store::testing::TestDatabase;
use windlass_store::{ConnectError, Settings, Store};

use crate::support::{complete, create, dequeue, job, pipeline, with_tasks};

#[tokio::test]
async fn a_databases_own_isolation_does_not_win_over_the_sessions() {
    let database = TestDatabase::create().await;
    let mut watching = database.connect().await;
    run(&mut watching, &database, "SET default_transaction_isolation = 'serializable'").await;
    // While this one is open, Postgres remembers what other serializable transactions have read.
    sqlx::raw_sql("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM jobs")
        .execute(&mut watching)
        .await
        .unwrap();
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("work"), 3)])).await;
    for task in dequeue(&store, 3).await {
        complete(&store, &task).await.unwrap();
    }
    let others = "SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND pid <> pg_backend_pid()
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let serializable: i64 = sqlx::query_scalar(others).fetch_one(&mut watching).await.unwrap();
    assert_eq!(serializable, 0);
    watching.close().await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn a_migration_waits_for_what_it_needs_whatever_the_databases_own_timeouts_are() {
    let database = TestDatabase::create().await;
    let mut other = database.connect().await;
    for own in ["lock_timeout = '50ms'", "statement_timeout = '50ms'"] {
        run(&mut other, &database, &format!("SET {own}")).await;
    }
    // As another server does that makes partitions.
    let lock = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('windlass_create_partitions'))";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
    let store = database.store().await;
    let migration = store.migrate();
    tokio::pin!(migration);
    tokio::select! {
        ended = &mut migration => panic!("it did not wait: {ended:?}"),
        () = waits_for_a_lock(&database) => {}
    }
    other.close().await.unwrap();
    migration.await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused_with_what_to_do() {
    let database = TestDatabase::create().await;
    let mut admin = database.connect().await;
    let name = format!("windlass_test_{}", uuid::Uuid::new_v4().simple());
    let make = format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut admin).await.unwrap();
    let url = database.url().parse::<PgConnectOptions>().unwrap().database(&name).to_url_lossy();
    let error =
        Store::connect(&Settings::new(url.to_string()), std::sync::Arc::new(|_, _| {})).await.err().unwrap();
    assert!(matches!(error, ConnectError::Encoding { .. }), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("SQL_ASCII") && message.contains("ENCODING 'UTF8'") && message.contains(&name),
        "{message}"
    );
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name}"))).execute(&mut admin).await.unwrap();
    database.finish().await;
}

/// Returns once somebody has waited for an advisory lock for longer than the timeouts that the test sets.
async fn waits_for_a_lock(database: &TestDatabase) {
    let mut watching = database.connect().await;
    sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0").execute(&mut watching).await.unwrap();
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'
                 AND clock_timestamp() - query_start > interval '200 milliseconds')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut watching).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

/// Makes something the default of every later session on the database.
async fn run(connection: &mut PgConnection, database: &TestDatabase, setting: &str) {
    let options: PgConnectOptions = database.url().parse().unwrap();
    let alter = format!("ALTER DATABASE {} {setting}", options.get_database().unwrap());
    sqlx::raw_sql(AssertSqlSafe(alter)).execute(connection).await.unwrap();
}
