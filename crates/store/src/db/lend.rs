//! The pool's connections, lent one at a time.
//!
//! The driver's pool decides for each caller at once: an idle connection, or a new one, which it then waits for until the caller's time is over. So
//! while no new one can be made (Postgres has as many as it may, or the password was changed) callers fail although good connections become
//! free. Here a caller has a slot, of which there are as many as connections, and in that slot a bounded time for each try. A slot in which no
//! connection could be had is withheld for a while, and its caller goes to the end of the line: so soon there are no more slots than
//! connections, and whoever gets one finds an idle connection.
//!
//! Some callers [leave a share](Connections::leaving_a_share): of them only so many have a slot at once that a quarter of the slots is left. So
//! however many creates and lists wait for the database, a worker's call finds a connection.
//!
//! How it fails: with what the last try said, or as timed out, after the time that the settings allow in all.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::{PgPool, SqlStr};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use super::fault::Outage;
use super::pooler::Pooler;
use super::statements::Session;

/// How long the first try takes at the most, doubled by each further one: longer than a good connection needs, even to a far database.
const FIRST_TRY: Duration = Duration::from_secs(1);
/// How long a slot is withheld in which no connection could be had: how often the pool tries to grow.
const WITHHELD: Duration = Duration::from_secs(2);
/// How long a caller waits between two tries in the last slot, which is never withheld.
const PAUSE: Duration = Duration::from_millis(20);
/// The part of the connections that is left to others: one in so many, and one at least.
const SHARE: usize = 4;

/// The pool.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    pool: PgPool,
    pooler: Pooler,
    pooled_begin: SqlStr,
    slots: Arc<Semaphore>,
    /// Slots of those who leave a share; `None` for others.
    bounded: Option<Arc<Semaphore>>,
    withheld: Arc<AtomicUsize>,
    login_refused: Arc<Notify>,
}

/// A connection of the pool. It goes back when this is dropped, and its slot is free once it is back. The driver keeps what a large statement needed as
/// its buffer, up to 16 MiB a connection, unless it is told to shrink it.
#[derive(Debug)]
pub(crate) struct Connection(Option<(Session, Slot)>);

/// The right to one connection.
#[derive(Debug)]
struct Slot {
    slot: OwnedSemaphorePermit,
    /// Of one who leaves a share.
    bounded: Option<OwnedSemaphorePermit>,
}

/// A connection with a transaction on it, rolled back when this is dropped.
#[derive(Debug)]
pub(crate) struct Begun(Connection);

/// Why there is something in it: only its drop takes it out.
const LENT: &str = "a connection is lent until it is dropped";

impl Connections {
    pub(super) fn new(pool: PgPool, pooler: Pooler, pooled_begin: SqlStr) -> Self {
        let slots = pool.options().get_max_connections() as usize;
        Self {
            pool,
            pooler,
            pooled_begin,
            slots: Arc::new(Semaphore::new(slots)),
            bounded: None,
            withheld: Arc::default(),
            login_refused: Arc::default(),
        }
    }

    /// The same connections for callers who leave a quarter of them, one at least, to those who do not. Of one connection nothing is left.
    pub(super) fn leaving_a_share(&self) -> Self {
        let all = self.pool.options().get_max_connections() as usize;
        let bounded = all - (all / SHARE).max(1);
        Self { bounded: Some(Arc::new(Semaphore::new(bounded.max(1)))), ..self.clone() }
    }

    /// The driver's pool, for what is asked of it or set in it.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection with a transaction begun on it.
    pub(crate) async fn begin(&self) -> Result<Begun, sqlx::Error> {
        let mut begun = Begun(self.acquire().await?);
        begun.0.begin().await?;
        Ok(begun)
    }

    /// Takes notice of a connection that could not be made.
    pub(super) fn note(&self, error: &sqlx::Error) {
        if Outage::of(error) == Outage::LoginRefused {
            self.login_refused.notify_one();
        }
    }

    /// Returns when a login has been refused since the last call.
    pub(super) async fn login_refused(&self) {
        self.login_refused.notified().await;
    }

    /// A connection.
    pub(crate) async fn acquire(&self) -> Result<Connection, sqlx::Error> {
        let end = Instant::now() + self.pool.options().get_acquire_timeout();
        let (mut patience, mut last) = (FIRST_TRY, sqlx::Error::PoolTimedOut);
        let session = |connection| Session::new(connection, self.pooler, self.pooled_begin.clone());
        while let Ok(slot) = timeout_at(end, self.slot()).await {
            match timeout_at(end.min(Instant::now() + patience), self.pool.acquire()).await {
                Ok(Ok(connection)) => {
                    return Ok(Connection(Some((session(connection), slot))));
                }
                Ok(Err(error)) => {
                    self.note(&error);
                    if self.pool.size() == 0 || self.pool.is_closed() {
                        return Err(error);
                    }
                    last = error;
                }
                Err(_) => patience *= 2,
            }
            if !self.withhold(slot) {
                sleep(PAUSE).await;
            }
            if Instant::now() >= end {
                break;
            }
        }
        Err(last)
    }

    async fn slot(&self) -> Slot {
        const OPEN: &str = "nobody closes it";
        let bounded = match &self.bounded {
            Some(bounded) => Some(bounded.clone().acquire_owned().await.expect(OPEN)),
            None => None,
        };
        Slot { slot: self.slots.clone().acquire_owned().await.expect(OPEN), bounded }
    }

    /// Withholds a slot for a while, unless it is the last.
    fn withhold(&self, Slot { slot, bounded }: Slot) -> bool {
        let most = self.pool.options().get_max_connections() as usize - 1;
        let one_more = |withheld| (withheld < most).then_some(withheld + 1);
        if self.withheld.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).is_err() {
            return false;
        }
        slot.forget();
        let (slots, withheld) = (self.slots.clone(), self.withheld.clone());
        tokio::spawn(async move {
            sleep(WITHHELD).await;
            drop(bounded);
            withheld.fetch_sub(1, Ordering::SeqCst);
            slots.add_permits(1);
        });
        true
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some((session, slot)) = self.0.take() {
            tokio::spawn(async move {
                session.put_back().await;
                drop(slot);
            });
        }
    }
}

impl Begun {
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.0.commit().await
    }

    pub(crate) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        self.0.roll_back().await
    }
}

impl Deref for Connection {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0.as_ref().expect(LENT).0
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.0.as_mut().expect(LENT).0
    }
}

impl Deref for Begun {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl DerefMut for Begun {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.0
    }
}
