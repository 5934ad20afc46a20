//! How many files and sockets the process may have open at once.
//!
//! Each connection of a client takes one. The soft limit is often 1,024 while the hard one is much higher: the low one protects programs that
//! use `select`, which this one does not. Clients get as many as are left over by the rest.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use windlass_server::{Connections, Settings};

/// What is open beside connections of clients and of the database: listeners, the log, the runtime's own.
const OTHERS: u64 = 64;

/// The settings, with no more connections of clients than the limit leaves room for.
pub(crate) fn within_limit(mut settings: Settings) -> Settings {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return settings };
    let metrics =
        if settings.metrics_listen.is_some() { Connections::METRICS + Connections::BEYOND } else { 0 };
    let room = room(limit, u64::from(settings.max_connections) + metrics as u64);
    if room < settings.connections.clients {
        tracing::info!(
            limit,
            connections = room,
            "the limit of open files leaves room for fewer connections of clients"
        );
        settings.connections.clients = room;
    }
    settings
}

/// How many connections of clients there is room for, beside so many of the database and for metrics. At least half of a low limit is for clients.
fn room(limit: u64, beside: u64) -> usize {
    let others = beside + OTHERS + Connections::BEYOND as u64;
    usize::try_from(limit.saturating_sub(others).max(limit / 2)).unwrap_or(usize::MAX)
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
    fn clients_have_what_the_rest_leaves_and_half_at_the_least() {
        assert_eq!(room(20_000, 20), 20_000 - 20 - 64 - 320);
        assert_eq!(room(256, 20), 128);
    }
}
