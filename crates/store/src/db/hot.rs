//! Hot connections: those that hot statements use one after the other.
//!
//! The pool hands out its connections in rotation and pings each before and after use. So every statement runs on another backend, whose plans and
//! catalogs are no longer in the processor's caches. A busy batcher runs hundreds of statements a second, one after the other; on one
//! backend and without the pings each takes less time. Measured in alternating quick runs of `windlass bench --only single`, three each, one
//! task a call against pgbench: with 64 clients 1.70, 1.71, 2.18 without and 2.11, 2.21, 2.37 with hot connections.
//!
//! A connection does not stay hot for long. One that nobody used for [`FRESH`] goes back to the pool with the next hot statement, and so does one
//! that has been hot for [`TERM`], so that the pool checks its age. How it fails: a connection that broke since its last use fails
//! one statement; a batch of several requests is then run again one by one, on others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lend::{Connection, Connections};
use super::reach::Reach;
use super::statements::Session;

/// Hot connections at the most: one for each batcher that may be busy beside another.
const MOST: usize = 2;
/// A pool of fewer than so many connections for each has no hot one. They are of those that are left to workers (`lend.rs`), of which as many again
/// must be there for workers' other statements.
const SHARE: u32 = 8;
/// How long an unused connection is trusted to be well.
const FRESH: Duration = Duration::from_secs(1);
/// How long a connection stays hot.
const TERM: Duration = Duration::from_mins(1);

/// The hot connections that wait for a statement, the one used last on top.
pub(crate) struct HotConnections {
    pool: Connections,
    reach: Arc<Reach>,
    waiting: Mutex<Vec<(HotConnection, Instant)>>,
}

/// A connection for hot statements. One that is dropped goes back to the pool.
pub(crate) struct HotConnection {
    connection: Connection,
    since: Instant,
}

impl HotConnection {
    /// The connection, for one statement.
    pub(crate) fn sql(&mut self) -> &mut Session {
        &mut self.connection
    }
}

impl HotConnections {
    pub(super) fn new(pool: Connections, reach: Arc<Reach>) -> Self {
        Self { pool, reach, waiting: Mutex::default() }
    }

    /// A connection for one hot statement. A caller that was answered on it returns it by [`HotConnections::put_back`].
    pub(crate) async fn take(&self) -> Result<HotConnection, sqlx::Error> {
        match self.pop() {
            Some(connection) => Ok(connection),
            None => Ok(HotConnection { connection: self.pool.acquire().await?, since: Instant::now() }),
        }
    }

    /// Leaves a connection hot for the next statement.
    pub(crate) fn put_back(&self, connection: HotConnection) {
        let share = self.pool.pool().options().get_max_connections() / SHARE;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = waiting.len() < MOST.min(share as usize) && connection.since.elapsed() < TERM;
        if is_wanted && !self.pool.pool().is_closed() {
            waiting.push((connection, Instant::now()));
        }
    }

    /// How many wait for a statement.
    pub(super) fn count(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Returns all to the pool.
    pub(super) fn clear(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn pop(&self) -> Option<HotConnection> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // All that are stale, not only the top one: while one is enough, nobody reaches those below it.
        waiting.retain(|(hot, used)| used.elapsed() < FRESH && self.reach.is_present(hot.since.elapsed()));
        waiting.pop().map(|(connection, _)| connection)
    }
}
