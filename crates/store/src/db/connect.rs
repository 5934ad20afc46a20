//! The pool, and the settings of every connection.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::hot::HotConnections;

/// The oldest Postgres that Windlass runs on, as `server_version_num` has it.
const OLDEST: i32 = 150_000;

/// How long a start waits for the database before it gives up.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);

/// How long a ping waits.
const PING_DEADLINE: Duration = Duration::from_secs(3);

/// Plans are generic, since planning costs as much as running. They are made while tables may still be empty, so only nested loops over
/// indexes are allowed: these stay right at any size. Nothing waits for ever.
pub(crate) const SESSION: &str = "SET jit = off; SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET enable_material = off; SET max_parallel_workers_per_gather = 0; SET statement_timeout = '6s'; SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '15s'; SET timezone = 'UTC'";

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

/// Why a start could not reach its database.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none.
    #[error("the database URL is not valid: {0}")]
    Url(String),
    /// No connection.
    #[error("cannot connect to the database {address}: {source}")]
    Connect {
        /// Where: host, port and database, never a password.
        address: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A Postgres older than 15.
    #[error("the database {address} is Postgres {found}; Windlass needs 15 or later")]
    TooOld {
        /// Where.
        address: String,
        /// What was found.
        found: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database {address}: {source}")]
    Migrate {
        /// Where.
        address: String,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    pub(crate) pool: PgPool,
    /// Connections that hot statements use one after the other.
    pub(crate) hot: Arc<HotConnections>,
}

impl Db {
    /// Connects, and checks that the Postgres is not too old.
    ///
    /// # Errors
    /// [`ConnectError`] within 20 s.
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, ConnectError> {
        let options: PgConnectOptions = settings
            .database_url
            .parse()
            .map_err(|error: sqlx::Error| ConnectError::Url(error.to_string()))?;
        let options = options.disable_statement_logging();
        let address = address(&options);
        let failed = |source| ConnectError::Connect { address: address.clone(), source };
        let (number, found) = tokio::time::timeout(CONNECT_DEADLINE, version(&options))
            .await
            .map_err(|_| failed(sqlx::Error::PoolTimedOut))?
            .map_err(failed)?;
        if number < OLDEST {
            return Err(ConnectError::TooOld { address, found });
        }
        let pool = pool(settings, options);
        Ok(Self { hot: Arc::new(HotConnections::new(pool.clone())), pool })
    }

    /// Whether the database answers, within 3 s.
    pub(crate) async fn ping(&self) -> Result<(), sqlx::Error> {
        let ping = sqlx::query("SELECT 1").execute(&self.pool);
        match tokio::time::timeout(PING_DEADLINE, ping).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Closes every connection, after what runs on it.
    pub(crate) async fn close(&self) {
        // From here on no connection stays hot.
        let closing = self.pool.close();
        self.hot.clear();
        closing.await;
    }
}

/// The version of the Postgres, as a number and as text.
async fn version(options: &PgConnectOptions) -> Result<(i32, String), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    let version = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(version)
}

fn pool(settings: &Settings, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SESSION).execute(&mut *connection).await?;
                // A restore breaks all connections, so the first connection afterwards finds it out.
                sqlx::raw_sql("SELECT windlass_note_history()").execute(connection).await.map(drop)
            })
        })
        .connect_lazy_with(options)
}

/// Host, port and database, for messages; never a password.
pub(super) fn address(options: &PgConnectOptions) -> String {
    let host =
        options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{database} at {host}:{}", options.get_port())
}
