//! The store: a database, what this process remembers of it, and to whom it announces commits. Its use cases are in the folders of their resources.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use windlass_domain::{AllowedTypes, Limits};

use crate::Error;
use crate::caller::Caller;
use crate::db::{ConnectError, Db, Migrated, PoolUse, Settings, deadline};
use crate::memory::Memory;
use crate::observers::{Observers, Ready, Watch};

/// All state of Windlass. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) observers: Observers,
    pub(crate) caller: Caller,
    pub(crate) types: Option<Arc<AllowedTypes>>,
    /// Bytes of log that one attempt keeps.
    pub(crate) log_bytes: i64,
    /// After that much a list begins no further window of rows that no index finds.
    pub(crate) looks_for: Duration,
    pub(crate) memory: Arc<Memory>,
}

impl Store {
    /// Connects, and checks that the server is not too old.
    ///
    /// # Errors
    /// [`ConnectError`] within 20 s.
    pub async fn connect(settings: &Settings, ready: Ready) -> Result<Self, ConnectError> {
        Ok(Self {
            db: Db::connect(settings).await?,
            observers: Observers { ready, watch: Arc::new(|_| {}), appended: Arc::default() },
            caller: Caller::default(),
            types: None,
            log_bytes: bytes(Limits::default().log_bytes),
            looks_for: Duration::from_secs(1),
            memory: Arc::default(),
        })
    }

    /// The same store, which announces to `watch` after each commit what has ended.
    #[must_use]
    pub fn watched(self, watch: Watch) -> Self {
        Self { observers: Observers { watch, ..self.observers }, ..self }
    }

    /// The same store, in which one attempt keeps so many bytes of log; default 1 MiB.
    #[must_use]
    pub fn keeping_log_bytes(self, log_bytes: usize) -> Self {
        Self { log_bytes: bytes(log_bytes), ..self }
    }

    /// The same store for calls that leave a quarter of the database connections, one at least, to others: however many of them wait for the
    /// database, the rest find a connection.
    #[must_use]
    pub fn leaving_a_share(&self) -> Self {
        Self { db: self.db.leaving_a_share(), ..self.clone() }
    }

    /// The same store, in which lists of tasks, pipelines and outcomes look that long for rows that no index finds, and then go on with the next page;
    /// default 1 s.
    #[must_use]
    pub fn looking_for(&self, looks_for: Duration) -> Self {
        Self { looks_for, ..self.clone() }
    }

    /// The same store for this caller: events of what it changes name them.
    #[must_use]
    pub fn on_behalf_of(&self, caller: Caller) -> Self {
        Self { caller, ..self.clone() }
    }

    /// The same store for a caller whose key is narrowed to these types, if it is: no jobs and no tasks of another type are created.
    #[must_use]
    pub fn narrowed_to(&self, types: Option<Arc<AllowedTypes>>) -> Self {
        Self { types, ..self.clone() }
    }

    /// Brings the schema up to date. Servers that start at once wait for each other on an advisory lock.
    ///
    /// # Errors
    /// [`ConnectError::Migrate`], [`ConnectError::TooNew`], [`ConnectError::Locked`].
    pub async fn migrate(&self) -> Result<Migrated, ConnectError> {
        self.db.migrate().await
    }

    /// Makes the schema of an empty database. Any other must be one that this version works on, and is left as it is.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate) and [`check_schema`](Self::check_schema).
    pub async fn migrate_if_empty(&self) -> Result<(), ConnectError> {
        self.db.migrate_if_empty().await
    }

    /// Checks that the schema is one that this version works on, and changes nothing.
    ///
    /// # Errors
    /// [`ConnectError::Outdated`], [`ConnectError::TooNew`].
    pub async fn check_schema(&self) -> Result<(), ConnectError> {
        self.db.check_schema().await
    }

    /// Whether the database can be written to. Goes over to another of its hosts if only that one can.
    ///
    /// # Errors
    /// [`Error::Unavailable`] within 3 s.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.db.ping().await?)
    }

    /// Connects by another URL from now on, as with a new password. Connections of before are used on if it leads to the same place.
    ///
    /// # Errors
    /// [`ConnectError`] within 1 s.
    pub async fn use_url(&self, url: &str) -> Result<(), ConnectError> {
        self.db.use_url(url).await
    }

    /// Returns when the database has refused a login since the last call.
    pub async fn login_refused(&self) {
        self.db.login_refused().await;
    }

    /// The database's now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn now(&self) -> Result<DateTime<Utc>, Error> {
        let now = sqlx::query_scalar!(r#"SELECT windlass_now() AS "now!""#);
        Ok(deadline(now.fetch_one(&self.db.pool)).await?)
    }

    /// Connections of this process.
    pub fn pool_use(&self) -> PoolUse {
        self.db.pool_use()
    }

    /// Closes every connection, after what runs on it.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

fn bytes(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
