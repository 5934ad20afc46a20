//! What servers on one database announce to each other: that tasks of a type can be leased.
//!
//! By `NOTIFY`, and never in a transaction with data: each commit of one waits for the one before. It deliberately carries no number and no
//! task: a server that hears it looks. How it fails: it is not heard, as behind a pooler that lends connections by transaction; the slow poll of
//! the waiting dequeues finds the tasks all the same.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use uuid::Uuid;

use crate::db::{LISTENING, Moved, Schema, deadline};
use crate::{Error, Store};

/// The channel of all servers of an installation in the default schema; of another one its name follows.
const CHANNEL: &str = "windlass_ready";
/// Bytes of a message at the most; Postgres takes fewer than 8,000.
const BYTES: usize = 7_900;

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
        let channel = channel(&self.db.schema);
        for message in messages(self.memory.instance, types) {
            let notify = sqlx::query!("SELECT pg_notify($1, $2)", channel, message);
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
            listener.listen(&channel(&self.db.schema)).await?;
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
            let (from, types) = read(message.payload());
            if from != self.own.simple().to_string() {
                return Ok(types);
            }
        }
    }
}

fn channel(schema: &Schema) -> String {
    schema.mark().map_or_else(|| CHANNEL.to_owned(), |schema| format!("{CHANNEL}_{schema}"))
}

/// The messages that name these types: an instance and words, parted by spaces. A space within a type is written as `%20`, and so `%` as `%25`:
/// what most types are is written as servers of versions before do, and the others they take for types that nobody waits for.
fn messages(from: Uuid, types: &[String]) -> Vec<String> {
    let from = from.simple().to_string();
    let mut messages: Vec<String> = Vec::new();
    for name in types {
        let word = name.replace('%', "%25").replace(' ', "%20");
        match messages.last_mut() {
            Some(message) if message.len() + 1 + word.len() <= BYTES => {
                message.push(' ');
                message.push_str(&word);
            }
            _ => messages.push(format!("{from} {word}")),
        }
    }
    messages
}

/// Who sent a message, and the types that it names.
fn read(message: &str) -> (&str, Vec<String>) {
    let mut words = message.split(' ');
    let from = words.next().unwrap_or_default();
    (from, words.map(|word| word.replace("%20", " ").replace("%25", "%")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(types: &[String]) -> Vec<String> {
        let from = Uuid::now_v7();
        let all = messages(from, types);
        assert!(
            all.iter().all(|message| message.len() <= BYTES && read(message).0 == from.simple().to_string())
        );
        all.iter().flat_map(|message| read(message).1).collect()
    }

    #[test]
    fn every_type_is_heard_as_it_was_named() {
        let types = ["a", "b c", " ", "%", "%20", "%2520", "50% off", "a\nb", "ä/\"[]"].map(str::to_owned);
        assert_eq!(told(&types), types);
    }

    #[test]
    fn types_that_are_words_are_named_as_before() {
        let from = Uuid::now_v7();
        let types = ["scan-dir", "a.b_c"].map(str::to_owned);
        assert_eq!(messages(from, &types), [format!("{} scan-dir a.b_c", from.simple())]);
        assert!(messages(from, &[]).is_empty());
    }

    #[test]
    fn a_message_stays_within_its_bytes_whatever_the_names() {
        for character in ["a", "ä", "🦀", " ", "%"] {
            let types: Vec<String> = (0..200).map(|_| character.repeat(100)).collect();
            assert_eq!(told(&types), types, "{character}");
        }
    }
}
