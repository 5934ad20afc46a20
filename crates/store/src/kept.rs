//! Connections that stay at hand for the hot statements.
//!
//! The pool hands its connections out in turn, asks each before and after whether it is well, and so runs every statement on another backend,
//! whose plans and catalogs the processor no longer has in its caches. A hot lane runs hundreds of statements a second, one after the other:
//! on one backend and without the questions it waits less for each. Measured in turns, three quick runs of `windlass bench --only single` each,
//! one task a call against pgbench: with 64 clients 1.70, 1.71, 2.18 without and 2.11, 2.21, 2.37 with this.
//!
//! What it deliberately does not do: keep a connection for long. With the next hot statement, those that nobody used for [`FRESH`] go back to the
//! pool, which asks each before its next use; one that has been used for [`TERM`] does, too, so that its age is looked at. How it fails: a
//! connection that broke since its last use fails one statement; a batch of several requests is then run again one by one, on others.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::Store;

/// Connections kept at the most: one for each lane that may be busy beside another.
const KEPT: usize = 2;
/// A pool keeps none of fewer than so many connections for each: the others are for everybody.
const SHARE: u32 = 4;
/// How long a connection is trusted to be well.
const FRESH: Duration = Duration::from_secs(1);
/// How long one is kept.
const TERM: Duration = Duration::from_mins(1);

/// The connections at hand, the one used last on top.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<(KeptConnection, Instant)>>);

/// A connection that may be kept.
pub(crate) struct KeptConnection {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl KeptConnection {
    /// The connection, for one statement.
    pub(crate) fn sql(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Kept {
    fn take(&self) -> Option<KeptConnection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those below, too: while one is enough, nobody comes to them.
        kept.retain(|(_, used)| used.elapsed() < FRESH);
        kept.pop().map(|(connection, _)| connection)
    }

    fn put(&self, connection: KeptConnection, most: usize) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < most && connection.since.elapsed() < TERM {
            kept.push((connection, Instant::now()));
        }
    }

    /// How many are at hand.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Gives all back to the pool.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Store {
    /// A connection for one hot statement; whoever was answered on it keeps it at hand with [`Store::keep`].
    pub(crate) async fn hot_connection(&self) -> Result<KeptConnection, sqlx::Error> {
        match self.kept.take() {
            Some(kept) => Ok(kept),
            None => Ok(KeptConnection { connection: self.pool.acquire().await?, since: Instant::now() }),
        }
    }

    /// Keeps a connection at hand. One that is dropped instead goes back to the pool.
    pub(crate) fn keep(&self, connection: KeptConnection) {
        let share = self.pool.options().get_max_connections() / SHARE;
        if !self.pool.is_closed() {
            self.kept.put(connection, KEPT.min(share as usize));
        }
    }
}
