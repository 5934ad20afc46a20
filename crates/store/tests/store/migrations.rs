//! Schemas of other versions, and locks of migrations that nobody lets go.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::Connection;
use tracing_subscriber::fmt::MakeWriter;
use windlass_store::testing::TestDatabase;
use windlass_store::{ConnectError, Settings, Store};

/// The migration of a version that is not made yet.
const LATER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (9001, 'later', true, '', 0)";

/// Migrations after 20 that no older server can work with, each with the reason. Such a one makes it impossible to go back.
const UNMARKED: [i64; 0] = [];

#[tokio::test]
async fn every_migration_says_which_older_servers_can_work_with_it() {
    let database = TestDatabase::create().await;
    let unmarked = "SELECT version, description FROM _sqlx_migrations
                    WHERE version > 20 AND version NOT IN (SELECT version FROM compatible_migrations) ORDER BY version";
    let unmarked: Vec<(i64, String)> =
        sqlx::query_as(unmarked).fetch_all(&mut database.connect().await).await.unwrap();
    let versions: Vec<i64> = unmarked.iter().map(|(version, _)| *version).collect();
    assert_eq!(versions, UNMARKED, "{unmarked:?}; see rule 11 of migrations/README.md");
    database.finish().await;
}

#[tokio::test]
async fn a_server_starts_on_a_later_schema_that_says_it_can() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    let compatible = "INSERT INTO compatible_migrations SELECT 9001, max(version) FROM _sqlx_migrations WHERE version < 9001";
    sqlx::raw_sql(LATER).execute(&mut connection).await.unwrap();
    sqlx::raw_sql(compatible).execute(&mut connection).await.unwrap();
    let store = database.store().await;
    store.migrate().await.unwrap();
    store.check_schema().await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn a_later_schema_that_does_not_say_so_is_refused_by_name() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    sqlx::raw_sql(LATER).execute(&mut connection).await.unwrap();
    let store = database.store().await;
    for compatible_with_others in [false, true] {
        if compatible_with_others {
            let others = "INSERT INTO compatible_migrations VALUES (9001, 9000)";
            sqlx::raw_sql(others).execute(&mut connection).await.unwrap();
        }
        for refused in [store.migrate().await.map(drop), store.check_schema().await] {
            let error = refused.unwrap_err();
            assert!(matches!(error, ConnectError::TooNew { version: 9001, .. }), "{error}");
            assert!(error.to_string().contains("migration 9001 (later)"), "{error}");
        }
    }
    database.finish().await;
}

#[tokio::test]
async fn a_schema_that_lacks_a_migration_is_refused_where_it_is_not_to_be_changed() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    let store = database.store().await;
    store.check_schema().await.unwrap();
    let newest = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::raw_sql(newest).execute(&mut connection).await.unwrap();
    let error = store.check_schema().await.unwrap_err();
    assert!(matches!(error, ConnectError::Outdated { .. }), "{error}");
    assert!(error.to_string().contains("windlass migrate"), "{error}");
    database.finish().await;
}

#[tokio::test]
async fn a_lock_of_migrations_that_stays_ends_the_wait_and_the_log_says_who_holds_it() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let database = TestDatabase::create().await;
    let mut holder = database.connect().await;
    sqlx::raw_sql("SET application_name = 'a hanging deploy'").execute(&mut holder).await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut holder).await.unwrap();
    sqlx::migrate::Migrate::lock(&mut holder).await.unwrap();
    let waited = Duration::from_millis(5_500);
    let settings = Settings { migration_lock_timeout: waited, ..Settings::new(database.url()) };
    let store = Store::connect(&settings, Arc::new(|_, _| {})).await.unwrap();
    let message = store.migrate().await.unwrap_err().to_string();
    drop(logging);
    for said in [message, log.text()] {
        let names_it = said.contains(&format!("process {pid} of")) && said.contains("a hanging deploy");
        assert!(names_it && !said.contains("pg_advisory_lock"), "{said}");
    }
    holder.close().await.unwrap();
    store.migrate().await.unwrap();
    database.finish().await;
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
