//! Several installations in one database, each in a schema of its own.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Executor;
use windlass_store::testing::TestDatabase;
use windlass_store::{Schema, Settings, Store};

use crate::support::{complete, create, dequeue, job, pipeline, with_tasks};

/// An installation in this schema, brought up to date.
async fn installed(database: &TestDatabase, schema: &str) -> Store {
    let schema = Schema::parse(schema).unwrap();
    let settings = Settings { max_connections: 10, schema, ..Settings::new(database.url()) };
    let store = Store::connect(&settings, Arc::new(|_, _| {})).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// One that has a pipeline of so many tasks, and has done them.
async fn used(store: &Store, tasks: usize) {
    create(store, pipeline(vec![with_tasks(job("a"), tasks)])).await;
    let leased = dequeue(store, 100).await;
    assert_eq!(leased.len(), tasks, "its own, and no other's");
    for task in &leased {
        complete(store, task).await.unwrap();
    }
    assert!(store.violations().await.unwrap().is_empty());
}

#[tokio::test]
async fn installations_in_one_database_know_nothing_of_each_other() {
    let database = TestDatabase::create().await;
    // The default one beside two, of which one has the name of the role: its own search_path would find that one first.
    let role: String = sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    let (of_role, other) = tokio::join!(installed(&database, &role), installed(&database, "other"));
    let default = database.store().await;
    for (store, tasks) in [(&default, 1), (&of_role, 2), (&other, 3)] {
        used(store, tasks).await;
    }
    for (schema, tasks) in [("public", 1), (role.as_str(), 2), ("other", 3)] {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{schema}\".tasks"));
        let found: i64 = sqlx::query_scalar(count).fetch_one(&mut database.connect().await).await.unwrap();
        assert_eq!(found, tasks, "{schema}");
    }
    for store in [default, of_role, other] {
        store.close().await;
    }
    database.finish().await;
}

#[tokio::test]
async fn what_one_installation_announces_another_does_not_hear() {
    let database = TestDatabase::create().await;
    let (default, other) = (database.store().await, installed(&database, "other").await);
    let beside = installed(&database, "other").await;
    let mut listener = other.listen_to_replicas().await.unwrap();
    default.announce_to_replicas(&["of the default one".to_owned()]).await.unwrap();
    beside.announce_to_replicas(&["of its own".to_owned()]).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_mins(1), listener.next()).await.unwrap().unwrap();
    assert_eq!(heard, ["of its own"]);
    drop(listener);
    for store in [default, other, beside] {
        store.close().await;
    }
    database.finish().await;
}

#[tokio::test]
async fn no_installation_waits_for_the_lock_of_another() {
    let database = TestDatabase::create().await;
    let (default, other) = (database.store().await, installed(&database, "other").await);
    for (schema, held) in [("public", "other"), ("other", "public")] {
        let (mut holder, mut caller) = (database.connect().await, database.connect().await);
        let all = "SELECT windlass_create_partitions(7), windlass_create_outcome_partitions(2), windlass_note_history()";
        // A new history is noted under the lock.
        let begin = format!(
            "BEGIN; SET LOCAL search_path = {held}, pg_temp; UPDATE event_histories SET incarnation = 'before'; {all}"
        );
        holder.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(begin))).await.unwrap();
        let locks = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                     WHERE locktype = 'advisory' AND l.granted AND a.datname = current_database()";
        let found: i64 = sqlx::query_scalar(locks).fetch_one(&mut caller).await.unwrap();
        assert_eq!(found, 3, "it holds all three");
        let call = format!(
            "BEGIN; SET LOCAL search_path = {schema}, pg_temp; SET LOCAL lock_timeout = '20s';
             UPDATE event_histories SET incarnation = 'before'; {all}; ROLLBACK"
        );
        caller.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(call))).await.unwrap();
        holder.execute("ROLLBACK").await.unwrap();
    }
    for store in [default, other] {
        store.close().await;
    }
    database.finish().await;
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_named_by_a_start_that_makes_none() {
    let database = TestDatabase::create().await;
    let schema = Schema::parse("nowhere").unwrap();
    let settings = Settings { schema, ..Settings::new(database.url()) };
    let store = Store::connect(&settings, Arc::new(|_, _| {})).await.unwrap();
    let error = store.check_schema().await.unwrap_err().to_string();
    assert!(error.contains("lacks migration 1 ") && error.contains("windlass migrate"), "{error}");
    let count = "SELECT count(*) FROM pg_namespace WHERE nspname = 'nowhere'";
    let found: i64 = sqlx::query_scalar(count).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(found, 0);
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn an_installation_moves_to_another_schema_as_the_guide_says() {
    let database = TestDatabase::create().await;
    let before = database.store().await;
    create(&before, pipeline(vec![with_tasks(job("a"), 5)])).await;
    before.close().await;
    let guide = include_str!("../../../../docs/operations.md");
    let (_, section) = guide.split_once("## Several installations in one database").unwrap();
    let (_, sql) = section.split_once("```sql\n").unwrap();
    let (sql, _) = sql.split_once("```").unwrap();
    database.connect().await.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))).await.unwrap();
    let moved = installed(&database, "windlass").await;
    let leased = dequeue(&moved, 100).await;
    assert_eq!(leased.len(), 5);
    for task in &leased {
        complete(&moved, task).await.unwrap();
    }
    // What runs as its owner finds the tables where they are now.
    moved.create_partitions().await.unwrap();
    assert!(moved.violations().await.unwrap().is_empty());
    moved.close().await;
    // The default schema is there, and empty.
    let anew = installed(&database, "public").await;
    assert!(dequeue(&anew, 100).await.is_empty());
    anew.close().await;
    database.finish().await;
}
