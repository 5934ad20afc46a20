//! What servers on one database announce to each other: that tasks of a type can be leased.
//!
//! By `NOTIFY`, and never in a transaction with data: each commit of one waits for the one before. It deliberately carries no number and no
//! task: a server that hears it looks. How it fails: it is not heard, as behind a pooler that lends connections by transaction; the slow poll of
//! the waiting dequeues finds the tasks all the same.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use uuid::Uuid;

use crate::db::{LISTENING, Moved, deadline};
use crate::{Error, Store};

/// The channel of all servers.
const CHANNEL: &str = "windlass_ready";
/// Types that one message names at the most; with the longest names they stay below Postgres' 8,000 bytes.
const TYPES: usize = 70;

/// Hears what other servers announce, on a connection of its own.
pub struct Listener {
    connection: PgListener,
    moved: Moved,
    own: Uuid,
}

impl Store {
    /// Announces to the other servers that tasks of these types can be leased.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn announce_to_replicas(&self, types: &[String]) -> Result<(), Error> {
        for types in types.chunks(TYPES) {
            let message = format!("{} {}", self.memory.instance.simple(), types.join(" "));
            let notify = sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, message);
            deadline(notify.execute(&self.db.pool)).await?;
        }
        Ok(())
    }

    /// Begins to listen to the other servers.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn listen_to_replicas(&self) -> Result<Listener, Error> {
        // The store's own pool would lend a connection for good.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(7))
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::raw_sql(LISTENING).execute(connection).await.map(drop) })
            })
            .connect_lazy_with(self.db.options());
        let moved = self.db.moved();
        deadline(async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANNEL).await?;
            Ok(Listener { connection: listener, moved, own: self.memory.instance })
        })
        .await
    }
}

impl Listener {
    /// The types of the next message of another server.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the connection broke, or the database is reached at another host: messages may have been missed.
    pub async fn next(&mut self) -> Result<Vec<String>, Error> {
        loop {
            let message = tokio::select! {
                message = self.connection.try_recv() => message?,
                () = self.moved.next() => None,
            };
            let message = message.ok_or(Error::Unavailable(sqlx::Error::PoolClosed))?;
            let mut words = message.payload().split(' ').map(str::to_owned);
            if words.next() != Some(self.own.simple().to_string()) {
                return Ok(words.collect());
            }
        }
    }
}
