//! The pool, and the settings of every connection.

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::hosts::{self, address};
use super::hot::HotConnections;
use super::lend::Connections;
use super::pooler::{Pooler, shares_sessions};
use super::reach::{Moved, Reach, Unreachable};
use super::schema::{Schema, Texts};
use super::session::WRITABLE;

/// The oldest Postgres that Windlass runs on, as `server_version_num` has it.
const OLDEST: i32 = 150_000;

/// How long a start waits for the database before it gives up.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);

/// How long each of several hosts may take to answer at a start.
const HOST_DEADLINE: Duration = Duration::from_secs(5);

/// How the store reaches its database.
#[derive(Clone)]
pub struct Settings {
    /// A `postgres://` URL; of several hosts, the first is used that can be written to.
    pub database_url: String,
    /// Connections at the most; default 20.
    pub max_connections: u32,
    /// The schema of the tables; default `public`.
    pub schema: Schema,
    /// What lies between; default nothing.
    pub pooler: Pooler,
    /// How long a call waits for a free connection; default 7 s.
    pub acquire_timeout: Duration,
    /// How old a connection becomes; default 30 min: so one that a change of the network has passed by is not used for ever.
    pub max_lifetime: Duration,
    /// How long a migration waits for those that others run; default 2 min.
    pub migration_lock_timeout: Duration,
}

impl Settings {
    /// The defaults for this database.
    pub fn new(database_url: impl Into<String>) -> Self {
        Self {
            database_url: database_url.into(),
            max_connections: 20,
            schema: Schema::default(),
            pooler: Pooler::None,
            acquire_timeout: Duration::from_secs(7),
            max_lifetime: Duration::from_mins(30),
            migration_lock_timeout: Duration::from_mins(2),
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
    /// A database that cannot hold every text.
    #[error(
        "the database {address} has the encoding {found}; Windlass needs UTF8, as made by CREATE DATABASE name \
         ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding {
        /// Where.
        address: String,
        /// What was found.
        found: String,
    },
    /// A pooler by transaction that was not said, or that a migration is to go through.
    #[error(
        "the database {address} is behind a pooler that lends connections by transaction; serve with --database-pooler \
         transaction, and migrate by a URL that leads to Postgres itself"
    )]
    Pooled {
        /// Where.
        address: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database {address}: {source}")]
    Migrate {
        /// Where.
        address: String,
        /// Why.
        source: MigrateError,
    },
    /// The schema is newer than this program, and not marked as one that it can work on.
    #[error(
        "the schema of the database {address} is of a newer Windlass: migration {version} ({description}) is not marked as \
         compatible with this version, whose newest is {newest}; start a newer version"
    )]
    TooNew {
        /// Where.
        address: String,
        /// The first migration that is not marked.
        version: i64,
        /// Its name.
        description: String,
        /// The newest migration that this program knows.
        newest: i64,
    },
    /// The schema is not up to date, and this start was not to change it.
    #[error(
        "the schema of the database {address} lacks migration {version} ({description}); run `windlass migrate`, or serve \
         without --no-migrate where the URL leads to Postgres itself"
    )]
    Outdated {
        /// Where.
        address: String,
        /// The first migration that is missing.
        version: i64,
        /// Its name.
        description: String,
    },
    /// Somebody else held the lock of migrations for too long.
    #[error("the lock of migrations in the database {address} was not free within {} seconds; it is held by {holder}", waited.as_secs())]
    Locked {
        /// Where.
        address: String,
        /// Who holds it: process, application, client and since when, as far as the role may know.
        holder: String,
        /// How long it was waited for.
        waited: Duration,
    },
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    pub(crate) pool: Connections,
    /// Connections that hot statements use one after the other.
    pub(crate) hot: Arc<HotConnections>,
    pub(super) reach: Arc<Reach>,
    pub(super) pooler: Pooler,
    pub(crate) schema: Schema,
    pub(super) texts: Arc<Texts>,
    /// How long a migration waits for those that others run.
    pub(super) migration_lock_timeout: Duration,
}

impl Db {
    /// Connects, and checks that the Postgres is one to work on: not too old, can be written to, behind no other pooler than was said.
    ///
    /// # Errors
    /// [`ConnectError`] within 20 s.
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, ConnectError> {
        let hosts = hosts::parse(&settings.database_url).map_err(ConnectError::Url)?;
        let patience = if hosts.len() == 1 { CONNECT_DEADLINE } else { HOST_DEADLINE };
        let reach = Arc::new(Reach::new(hosts));
        let found = reach.find(patience).await?;
        if found.number < OLDEST {
            return Err(ConnectError::TooOld { address: address(&found.options), found: found.version });
        }
        if found.encoding != "UTF8" {
            return Err(ConnectError::Encoding { address: address(&found.options), found: found.encoding });
        }
        if settings.pooler == Pooler::None && shares_sessions(&found.options).await {
            return Err(ConnectError::Pooled { address: address(&found.options) });
        }
        let texts = Arc::new(settings.schema.texts());
        let pool = pool(settings, found.options, &reach, &texts);
        let pool = Connections::new(pool, settings.pooler, texts.pooled_begin.clone());
        Ok(Self {
            hot: Arc::new(HotConnections::new(pool.clone(), reach.clone())),
            pool,
            reach,
            pooler: settings.pooler,
            schema: settings.schema.clone(),
            texts,
            migration_lock_timeout: settings.migration_lock_timeout,
        })
    }

    /// The same database for callers who leave a share of the connections to others.
    pub(crate) fn leaving_a_share(&self) -> Self {
        Self { pool: self.pool.leaving_a_share(), ..self.clone() }
    }

    /// How to connect to the host that is used.
    pub(crate) fn options(&self) -> PgConnectOptions {
        (*self.pool.pool().connect_options()).clone()
    }

    /// Hears when another host is used.
    pub(crate) fn moved(&self) -> Moved {
        self.reach.moved()
    }

    /// Closes every connection, after what runs on it.
    pub(crate) async fn close(&self) {
        // From here on no connection stays hot.
        let closing = self.pool.pool().close();
        self.hot.clear();
        closing.await;
    }
}

impl From<Unreachable> for ConnectError {
    fn from(Unreachable { address, source }: Unreachable) -> Self {
        Self::Connect { address, source }
    }
}

fn pool(settings: &Settings, options: PgConnectOptions, reach: &Arc<Reach>, texts: &Arc<Texts>) -> PgPool {
    let (reach, texts, pooler) = (reach.clone(), texts.clone(), settings.pooler);
    PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        .max_lifetime(settings.max_lifetime)
        .before_acquire(move |_, connection| {
            let is_present = reach.is_present(connection.age);
            Box::pin(async move { Ok(is_present) })
        })
        .after_connect(move |connection, _| {
            let session = texts.session.clone();
            Box::pin(async move {
                sqlx::raw_sql(WRITABLE).execute(&mut *connection).await?;
                // The sessions behind a pooler are not this connection's own.
                if pooler == Pooler::Transaction {
                    return Ok(());
                }
                sqlx::raw_sql(session).execute(&mut *connection).await?;
                // A restore breaks all connections, so the first connection afterwards finds it out.
                sqlx::raw_sql("SELECT windlass_note_history()").execute(connection).await.map(drop)
            })
        })
        .connect_lazy_with(options)
}
