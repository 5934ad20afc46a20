//! Which of a database's hosts is used: the first that can be written to.
//!
//! A host that has become read-only (its standby was promoted, and the sockets to it stayed open) still answers reads. So the choice is made again
//! whenever a ping fails, and with another choice every connection of before is closed before its next use.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::fault::is_read_only;
use super::hosts::address;
use super::session::WRITABLE;

/// The hosts, and which connections are of the present choice.
pub(super) struct Reach {
    hosts: Mutex<Arc<[PgConnectOptions]>>,
    chosen_at: watch::Sender<Instant>,
}

/// Says when connections are to be made anew.
pub(crate) struct Moved(watch::Receiver<Instant>);

/// A host that can be written to.
pub(super) struct Found {
    pub(super) options: PgConnectOptions,
    /// `server_version_num`.
    pub(super) number: i32,
    /// `server_version`.
    pub(super) version: String,
    /// The database's encoding.
    pub(super) encoding: String,
}

/// Why no host will do; of several, the one that says most.
#[derive(Debug)]
pub(super) struct Unreachable {
    /// Host, port and database.
    pub(super) address: String,
    pub(super) source: sqlx::Error,
}

impl Reach {
    pub(super) fn new(hosts: Vec<PgConnectOptions>) -> Self {
        Self { hosts: Mutex::new(hosts.into()), chosen_at: watch::Sender::new(Instant::now()) }
    }

    /// Looks at all hosts at once, each for so long at the most, and takes the first in their order.
    pub(super) async fn find(&self, patience: Duration) -> Result<Found, Unreachable> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut looks = JoinSet::new();
        for (index, options) in hosts.iter().cloned().enumerate() {
            looks.spawn(async move { (index, look(options, patience).await) });
        }
        let mut looked = looks.join_all().await;
        looked.sort_by_key(|(index, _)| *index);
        best(looked.into_iter().map(|(_, outcome)| outcome))
    }

    /// Other hosts from now on.
    pub(super) fn set_hosts(&self, hosts: Vec<PgConnectOptions>) {
        *self.hosts.lock().unwrap_or_else(PoisonError::into_inner) = hosts.into();
    }

    /// Connections that were made before now are no longer used.
    pub(super) fn choose_anew(&self) {
        self.chosen_at.send_replace(Instant::now());
    }

    /// Whether a connection of this age is of the present choice.
    pub(super) fn is_present(&self, age: Duration) -> bool {
        age <= self.chosen_at.borrow().elapsed()
    }

    /// Hears of the next choice.
    pub(super) fn moved(&self) -> Moved {
        Moved(self.chosen_at.subscribe())
    }
}

impl Moved {
    /// Returns when another host was chosen since this was made.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // The store is gone, and nothing is chosen any more.
            std::future::pending::<()>().await;
        }
    }
}

/// The first that was found; else what a read-only host said, since that one is there; else what the first said.
fn best(looked: impl Iterator<Item = Result<Found, Unreachable>>) -> Result<Found, Unreachable> {
    let mut why: Option<Unreachable> = None;
    for outcome in looked {
        match outcome {
            Ok(found) => return Ok(found),
            Err(refused) if why.is_none() || is_read_only(&refused.source) => why = Some(refused),
            Err(_) => {}
        }
    }
    Err(why.expect("a URL has at least one host"))
}

async fn look(options: PgConnectOptions, patience: Duration) -> Result<Found, Unreachable> {
    match timeout(patience, ask(&options)).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Ok((number, version, encoding)) => Ok(Found { options, number, version, encoding }),
        Err(source) => Err(Unreachable { address: address(&options), source }),
    }
}

async fn ask(options: &PgConnectOptions) -> Result<(i32, String, String), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    // Without a prepared statement, which a pooler may lose.
    let about = sqlx::raw_sql(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding')",
    );
    let about = about.fetch_one(&mut connection).await?;
    sqlx::raw_sql(WRITABLE).execute(&mut connection).await?;
    connection.close().await?;
    Ok((about.try_get(0)?, about.try_get(1)?, about.try_get(2)?))
}
