//! The pool, and what every connection is told before its first statement.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};
use uuid::Uuid;

use crate::Error;
use crate::attempts::NotTried;
use crate::background::Mark;
use crate::events::Horizon;
use crate::fronts::{Fronts, MARGIN};
use crate::idempotency::UnderWay;
use crate::kept::Kept;
use crate::queue_counts::SHARDS;
use crate::queue_limits::Limited;
use crate::vitals::Stand;
use crate::watch::Watch;
use crate::workers::Seen;

/// The oldest Postgres that Windlass runs on, as `server_version_num` has it.
const OLDEST: i32 = 150_000;

/// How long a start waits for the database before it gives up.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);

/// Plans are generic (planning costs as much as running) and made while tables may still be empty, so they are kept
/// to nested loops over indexes, which stay right at any size. Nothing waits for ever.
pub(crate) const SESSION: &str = "SET jit = off; SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET enable_material = off; SET max_parallel_workers_per_gather = 0; SET statement_timeout = '6s'; SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '15s'; SET timezone = 'UTC'";

/// See [`Store::back_at_once`]: as many as leave a retry fast, over all its jobs.
const BACK_AT_ONCE: i64 = 1_000;

/// Called after each commit that made tasks waiting: the type, and how many more can be leased at the most.
pub type Ready = Arc<dyn Fn(&str, usize) + Send + Sync>;

/// How the store reaches its database.
#[derive(Clone)]
pub struct Settings {
    /// A `postgres://` URL.
    pub database_url: String,
    /// Connections at the most; default 20.
    pub max_connections: u32,
    /// How long a call waits for a free connection; default 7 s.
    pub acquire_timeout: Duration,
}

impl Settings {
    /// The defaults for this database.
    pub fn new(database_url: impl Into<String>) -> Self {
        Self {
            database_url: database_url.into(),
            max_connections: 20,
            acquire_timeout: Duration::from_secs(7),
        }
    }
}

/// All state of Windlass. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: PgPool,
    /// Connections at hand for the hot statements.
    pub(crate) kept: Arc<Kept>,
    pub(crate) ready: Ready,
    pub(crate) watch: Watch,
    /// Tells this process from others on the database.
    pub(crate) instance: Uuid,
    /// The first of the shards of a type's counters that this process adds to: processes rarely meet on one row.
    pub(crate) first_shard: i16,
    /// Workers seen since the last flush.
    pub(crate) seen: Arc<Seen>,
    /// Types seen with a limit.
    pub(crate) limited: Arc<Limited>,
    /// Where the next sweep begins.
    pub(crate) swept: Arc<Mark>,
    /// Where the next promotion begins.
    pub(crate) promoted: Arc<Mark>,
    /// Where dequeues begin to walk, and how far that stays behind what was seen.
    pub(crate) fronts: Arc<Fronts>,
    pub(crate) front_margin: Duration,
    /// For how many batches of reports the one statement is not tried.
    pub(crate) reporting: Arc<NotTried>,
    /// Idempotency keys whose requests are under way.
    pub(crate) under_way: Arc<UnderWay>,
    /// Task rows that a retry by hand brings back in its own transaction, at the most.
    pub(crate) back_at_once: i64,
    /// The highest event number found below which all can be read.
    pub(crate) event_horizon: Arc<Horizon>,
    /// Where the horizon of events stands, and since when.
    pub(crate) stand: Arc<Stand>,
}

/// Why a start could not reach its database.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none.
    #[error("the database URL is not valid: {0}")]
    Url(String),
    /// No connection.
    #[error("cannot connect to the database {place}: {source}")]
    Connect {
        /// Where: host, port and database, never a password.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A Postgres older than 15.
    #[error("the database {place} is Postgres {found}; Windlass needs 15 or later")]
    TooOld {
        /// Where.
        place: String,
        /// What was found.
        found: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database {place}: {source}")]
    Migrate {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
}

impl Store {
    /// Connects, and checks that the server is not too old.
    ///
    /// # Errors
    /// [`ConnectError`] within 20 s.
    pub async fn connect(settings: &Settings, ready: Ready) -> Result<Self, ConnectError> {
        let options: PgConnectOptions = settings
            .database_url
            .parse()
            .map_err(|error: sqlx::Error| ConnectError::Url(error.to_string()))?;
        let options = options.disable_statement_logging();
        let place = place(&options);
        let failed = |source| ConnectError::Connect { place: place.clone(), source };
        let probe = async {
            let mut connection = PgConnection::connect_with(&options).await?;
            let version: (i32, String) = sqlx::query_as(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version')",
            )
            .fetch_one(&mut connection)
            .await?;
            connection.close().await?;
            Ok(version)
        };
        let (number, found) = tokio::time::timeout(CONNECT_DEADLINE, probe)
            .await
            .map_err(|_| failed(sqlx::Error::PoolTimedOut))?
            .map_err(failed)?;
        if number < OLDEST {
            return Err(ConnectError::TooOld { place, found });
        }
        Ok(Self {
            pool: pool(settings, options),
            kept: Arc::default(),
            ready,
            watch: Arc::new(|_| {}),
            instance: Uuid::new_v4(),
            first_shard: fastrand::i16(0..SHARDS),
            seen: Arc::default(),
            limited: Arc::default(),
            swept: Arc::default(),
            promoted: Arc::default(),
            fronts: Arc::default(),
            front_margin: MARGIN,
            reporting: Arc::default(),
            under_way: Arc::default(),
            back_at_once: BACK_AT_ONCE,
            event_horizon: Arc::default(),
            stand: Arc::default(),
        })
    }

    /// The same store, which tells `watch` after each commit what has ended.
    #[must_use]
    pub fn watched(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// Brings the schema up to date. Servers that start at once wait for each other on an advisory lock.
    ///
    /// # Errors
    /// [`ConnectError::Migrate`].
    pub async fn migrate(&self) -> Result<(), ConnectError> {
        let place = place(&self.pool.connect_options());
        let failed = |source| ConnectError::Migrate { place: place.clone(), source };
        // A connection of its own: the pool's are bound to statement and lock timeouts that a migration may exceed.
        let mut connection = PgConnection::connect_with(&self.pool.connect_options())
            .await
            .map_err(|error| failed(sqlx::migrate::MigrateError::Execute(error)))?;
        sqlx::migrate!("../../migrations").run(&mut connection).await.map_err(failed)?;
        // Before the first row is written: a server that was down for long would write into the default partitions.
        sqlx::query("SELECT windlass_create_partitions(7)")
            .execute(&mut connection)
            .await
            .map_err(|error| failed(sqlx::migrate::MigrateError::Execute(error)))?;
        connection.close().await.map_err(|error| failed(sqlx::migrate::MigrateError::Execute(error)))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] within 3 s.
    pub async fn ping(&self) -> Result<(), Error> {
        let ping = sqlx::query("SELECT 1").execute(&self.pool);
        match tokio::time::timeout(Duration::from_secs(3), ping).await {
            Ok(answer) => Ok(answer.map(drop)?),
            Err(_) => Err(Error::Unavailable(sqlx::Error::PoolTimedOut)),
        }
    }

    /// Closes every connection, after what runs on it.
    pub async fn close(&self) {
        // From here on none is kept any more.
        let closing = self.pool.close();
        self.kept.clear();
        closing.await;
    }
}

fn pool(settings: &Settings, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SESSION).execute(&mut *connection).await?;
                // A restore breaks all connections, so whoever comes first afterwards finds it out.
                sqlx::raw_sql("SELECT windlass_note_history()").execute(connection).await.map(drop)
            })
        })
        .connect_lazy_with(options)
}

fn place(options: &PgConnectOptions) -> String {
    let host =
        options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{database} at {host}:{}", options.get_port())
}
