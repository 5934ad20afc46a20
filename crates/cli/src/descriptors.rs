//! How many files and sockets the process may have open at once.
//!
//! Each connection of a client takes one. The soft limit is often 1,024 while the hard one is much higher: the low one protects programs that
//! use `select`, which this one does not. Clients get as many as are left over by the rest.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use windlass_server::{Connections, Settings};

use crate::failure::Failure;

/// What is open beside connections of clients and of the database: listeners, the log, the runtime's own.
const OTHERS: u64 = 64;

/// The fewest connections of clients that are worth a start.
const LEAST: u64 = 16;

/// The settings, with no more connections of clients than the limit leaves room for.
///
/// # Errors
/// When it leaves room for hardly any.
pub(crate) fn within_limit(mut settings: Settings) -> Result<Settings, Failure> {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return Ok(settings) };
    let doors = if settings.metrics_listen.is_some() { 2 } else { 1 };
    let beside = u64::from(settings.max_connections) + (doors - 1) * Connections::METRICS as u64;
    let Some(room) = Room::of(limit, beside, doors) else {
        return Err(Failure::Error(format!(
            "at most {limit} files and sockets may be open, which leaves too few for clients: raise the limit (ulimit -n) to {} at the least, or \
             lower --max-connections",
            needed(beside, doors)
        )));
    };
    let connections = &mut settings.connections;
    if room.clients < connections.clients {
        tracing::info!(
            limit,
            connections = room.clients,
            "the limit of open files leaves room for fewer connections of clients"
        );
        connections.clients = room.clients;
    }
    connections.beyond = room.beyond.min(connections.beyond);
    Ok(settings)
}

/// What a limit leaves.
#[derive(Debug, PartialEq, Eq)]
struct Room {
    /// For connections of clients.
    clients: usize,
    /// At each listener for those that go when another comes, or are told that there is no place.
    beyond: usize,
}

impl Room {
    /// Beside so many other descriptors, with so many listeners. Under a low limit few are beyond the bound; `None`: it leaves too little.
    fn of(limit: u64, beside: u64, doors: u64) -> Option<Self> {
        let left = limit.checked_sub(beside + OTHERS)?;
        let beyond = (left / 8).min(Connections::default().beyond as u64);
        let clients = left.checked_sub(doors * beyond).filter(|clients| *clients >= LEAST)?;
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Some(Self { clients: number(clients), beyond: number(beyond) })
    }
}

/// The lowest limit that leaves room.
fn needed(beside: u64, doors: u64) -> u64 {
    let mut limits = beside + OTHERS + LEAST..;
    limits.find(|limit| Room::of(*limit, beside, doors).is_some()).expect("some limit leaves room")
}

/// Raises the soft limit to the hard one. What is started from here on, such as our own Postgres, inherits it.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::debug!(current, maximum, "raised the limit of open descriptors"),
        Err(error) => {
            tracing::debug!(current, maximum, %error, "cannot raise the limit of open descriptors");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_have_what_the_rest_leaves() {
        assert_eq!(Room::of(20_000, 20, 1), Some(Room { clients: 20_000 - 20 - 64 - 320, beyond: 320 }));
        assert_eq!(Room::of(256, 20, 1), Some(Room { clients: 151, beyond: 21 }));
    }

    #[test]
    fn all_that_may_be_open_is_within_the_limit_or_there_is_no_start() {
        for (beside, doors) in [(20, 1), (84, 2)] {
            let least = needed(beside, doors);
            assert_eq!(Room::of(least - 1, beside, doors), None);
            for limit in least..3_000 {
                let room = Room::of(limit, beside, doors).unwrap();
                let open = room.clients as u64 + doors * room.beyond as u64 + beside + OTHERS;
                assert!(open <= limit && room.beyond > 0 && room.clients >= 16, "{limit}: {room:?}");
            }
        }
    }
}
