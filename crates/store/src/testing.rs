//! A database of its own for each test, with a clock that can be moved.
//!
//! `WINDLASS_TEST_DATABASE_URL` names a Postgres and a role that may create databases (`tests/with-postgres` provides both). The first test
//! makes a template by running the migrations; each further one copies it, so that all run in parallel.

#![expect(clippy::disallowed_types, reason = "databases are named when they are made")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use uuid::Uuid;

use crate::db::SESSION;
use crate::{Ready, Settings, Store};

/// A database for one test.
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    ahead_millis: AtomicU64,
}

/// What a test holds in a database.
pub struct Held(#[expect(dead_code, reason = "held for its end, which rolls back")] PgConnection);

impl Held {
    pub(crate) fn of(connection: PgConnection) -> Self {
        Self(connection)
    }
}

impl TestDatabase {
    /// A fresh database with the present schema.
    ///
    /// # Panics
    /// When there is no Postgres to use.
    pub async fn create() -> Self {
        let url = std::env::var("WINDLASS_TEST_DATABASE_URL")
            .expect("WINDLASS_TEST_DATABASE_URL names a Postgres; `make test` provides one");
        let server: PgConnectOptions = url.parse().expect("WINDLASS_TEST_DATABASE_URL is a URL");
        let mut admin = PgConnection::connect_with(&server).await.expect("the test Postgres answers");
        let template = template(&server, &mut admin).await;
        let name = format!("windlass_test_{}", Uuid::new_v4().simple());
        run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { server, name, ahead_millis: AtomicU64::new(0) }
    }

    /// A copy of it as it is now, as a backup would be. Everybody else is sent away while it is made.
    ///
    /// # Panics
    /// When the Postgres does not answer.
    pub async fn copy(&self) -> Self {
        let mut admin = PgConnection::connect_with(&self.server).await.expect("the test Postgres answers");
        let name = format!("windlass_test_{}", Uuid::new_v4().simple());
        self.send_away(&mut admin, false).await;
        run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {}", self.name)).await;
        self.send_away(&mut admin, true).await;
        Self {
            server: self.server.clone(),
            name,
            ahead_millis: AtomicU64::new(self.ahead_millis.load(Ordering::SeqCst)),
        }
    }

    /// Replaces it by a backup.
    ///
    /// # Panics
    /// When the Postgres does not answer.
    pub async fn restore(&self, backup: Self) {
        let mut admin = PgConnection::connect_with(&self.server).await.expect("the test Postgres answers");
        run(&mut admin, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        run(&mut admin, format!("ALTER DATABASE {} RENAME TO {}", backup.name, self.name)).await;
    }

    /// Ends all connections, and lets new ones in or not.
    async fn send_away(&self, admin: &mut PgConnection, welcome: bool) {
        run(admin, format!("ALTER DATABASE {} ALLOW_CONNECTIONS {welcome}", self.name)).await;
        let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname";
        run(admin, format!("{end} = '{}'", self.name)).await;
    }

    /// Closes it to everybody, or lets connections in again, as somebody does who works on it.
    ///
    /// # Panics
    /// When the Postgres does not answer.
    pub async fn let_in(&self, welcome: bool) {
        let mut admin = PgConnection::connect_with(&self.server).await.expect("the test Postgres answers");
        self.send_away(&mut admin, welcome).await;
    }

    /// A URL for servers.
    pub fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().to_string()
    }

    /// A store on it that announces to nobody.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn store(&self) -> Store {
        self.store_announcing(Arc::new(|_, _| {})).await
    }

    /// A store on it whose retries by hand bring back so many task rows at once, and leave the others to the settler.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn store_bringing_back(&self, at_once: i64) -> Store {
        let store = self.store().await;
        store.memory.back_at_once.store(at_once, Ordering::Relaxed);
        store
    }

    /// A store on it.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn store_announcing(&self, ready: Ready) -> Store {
        let settings = Settings { max_connections: 10, ..Settings::new(self.url()) };
        Store::connect(&settings, ready).await.expect("the test database answers")
    }

    /// A connection of the test's own.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.server.clone().database(&self.name))
            .await
            .expect("the test database answers")
    }

    /// A connection set up as the store's own are.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn session(&self) -> PgConnection {
        let mut connection = self.connect().await;
        sqlx::raw_sql(SESSION).execute(&mut connection).await.expect("the settings are known");
        connection
    }

    /// Holds a table, which can be read meanwhile and not written, until what is returned is dropped.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn hold(&self, table: &str) -> Held {
        let mut connection = self.connect().await;
        run(&mut connection, format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")).await;
        Held(connection)
    }

    /// Has a server be seen now that does not know Jobnik's surface.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn register_server_without_jobnik(&self) {
        let seen =
            "INSERT INTO servers (id, version, seen_at) VALUES (gen_random_uuid(), '0.0.1', windlass_now())";
        sqlx::query(seen).execute(&mut self.connect().await).await.expect("the database answers");
    }

    /// How many connections wait for a lock.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn waiting_for_locks(&self) -> i64 {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sqlx::query_scalar(count).fetch_one(&mut self.connect().await).await.expect("the database answers")
    }

    /// Waits until all have ended who write now: from then on a list of events shows what has been answered.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn outwait_writers(&self) {
        let mut connection = self.connect().await;
        let next = "SELECT pg_current_xact_id()::text";
        let next: String = sqlx::query_scalar(next).fetch_one(&mut connection).await.expect("it has an id");
        let ended = "SELECT windlass_oldest_writer() > $1::xid8";
        while !sqlx::query_scalar::<_, bool>(ended)
            .bind(&next)
            .fetch_one(&mut connection)
            .await
            .expect("it answers")
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Transactions that ended in it so far. Postgres tells of each connection's within about a second.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn transactions(&self) -> i64 {
        let count =
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()";
        sqlx::query_scalar(count).fetch_one(&mut self.connect().await).await.expect("the database answers")
    }

    /// Moves the database's clock ahead, for every server on it.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).expect("a test does not live that long");
        let ahead = self.ahead_millis.fetch_add(by, Ordering::SeqCst) + by;
        self.set_ahead(ahead).await;
    }

    /// Turns the database's clock back, no further than it was moved ahead.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn turn_back(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).expect("a test does not live that long");
        let before = self.ahead_millis.fetch_sub(by, Ordering::SeqCst);
        self.set_ahead(before.checked_sub(by).expect("it was moved ahead by as much")).await;
    }

    async fn set_ahead(&self, ahead: u64) {
        let clock = format!(
            "CREATE OR REPLACE FUNCTION windlass_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
             AS $$ SELECT statement_timestamp() + interval '{ahead} milliseconds' $$"
        );
        run(&mut self.connect().await, clock).await;
    }

    /// What the consistency check finds.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn violations(&self) -> Vec<String> {
        let store = self.store().await;
        let violations = store.violations().await.expect("the consistency check runs");
        store.close().await;
        violations
    }

    /// Checks that everything stored is consistent, and drops the database.
    ///
    /// # Panics
    /// With every violation.
    pub async fn finish(self) {
        let violations = self.violations().await;
        assert!(violations.is_empty(), "the database is inconsistent:\n{}", violations.join("\n"));
        self.finish_without_check().await;
    }

    /// Drops a database whose rows were never meant to agree, or are known not to.
    ///
    /// # Panics
    /// When the Postgres does not answer.
    pub async fn finish_without_check(self) {
        let mut admin = PgConnection::connect_with(&self.server).await.expect("the test Postgres answers");
        run(&mut admin, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

/// What no statement may do, but a server need not look for.
const GUARD: &str = include_str!("testing_guard.sql");

/// The name of the template with the present migrations and the guard, made by the first test.
async fn template(server: &PgConnectOptions, admin: &mut PgConnection) -> String {
    let migrations = sqlx::migrate!("../../migrations");
    let checksum = migrations
        .iter()
        .flat_map(|migration| migration.checksum.iter())
        .chain(GUARD.as_bytes())
        .fold(5_381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(*byte));
    let name = format!("windlass_template_{checksum:x}");
    run(admin, "SELECT pg_advisory_lock(7070)".to_owned()).await;
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut *admin)
        .await
        .expect("the test Postgres answers");
    if !exists {
        // A name of its own: one that was left half-made is not ours to drop, and in nobody's way.
        let building = format!("windlass_building_{}", Uuid::new_v4().simple());
        run(admin, format!("CREATE DATABASE {building}")).await;
        let mut connection = PgConnection::connect_with(&server.clone().database(&building))
            .await
            .expect("the template answers");
        migrations.run(&mut connection).await.expect("the migrations run");
        run(&mut connection, GUARD.to_owned()).await;
        connection.close().await.expect("the template closes");
        run(admin, format!("ALTER DATABASE {building} RENAME TO {name}")).await;
    }
    run(admin, "SELECT pg_advisory_unlock(7070)".to_owned()).await;
    name
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

impl Store {
    /// Whether reports are tried by the one statement that knows only those which end no job. `false` lasts for a test's life; `true` is
    /// how a server begins.
    pub fn report_at_once_if_simple(&self, tried: bool) {
        self.memory.reports_not_tried.store(if tried { 0 } else { u32::MAX }, Ordering::Relaxed);
    }

    /// Whether reports are written by the statement that ends jobs, too. `true` lasts for a test's life; `false` is how a server begins.
    pub fn end_jobs_at_once(&self, ends: bool) {
        self.memory.reports_ending.store(if ends { u32::MAX } else { 0 }, Ordering::Relaxed);
    }

    /// Whether the one statement has passed most of the last reports over, since [`Store::report_at_once_if_simple`] was last called.
    pub fn passes_reports_over(&self) -> bool {
        self.memory.reports_not_tried.load(Ordering::Relaxed) > 0
    }

    /// How far low-water marks stay behind what was seen; a minute is how a server begins.
    #[must_use]
    pub fn with_low_water_margin(self, margin: Duration) -> Self {
        self.memory.low_water.stay_behind(margin);
        self
    }
}
