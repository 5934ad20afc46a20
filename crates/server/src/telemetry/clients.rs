//! Connections of clients.

use super::catalogue::{CLIENT_CONNECTIONS, CLIENT_CONNECTIONS_CLOSED, UNWRITTEN};

/// Why the server has closed a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It was idle for as long as it may be.
    Idle,
    /// A head, or the first byte, did not come in time.
    Head,
    /// The client took nothing of an answer.
    Write,
    /// It was idle, and another one needed its place.
    Crowded,
    /// There was no place for it.
    Refused,
    /// The client took back too many calls.
    Resets,
    /// The client took nothing while too many bytes waited over all.
    Unread,
}

impl Closed {
    const ALL: [Self; 7] =
        [Self::Idle, Self::Head, Self::Write, Self::Crowded, Self::Refused, Self::Resets, Self::Unread];

    fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Head => "head",
            Self::Write => "write",
            Self::Crowded => "crowded",
            Self::Refused => "refused",
            Self::Resets => "resets",
            Self::Unread => "unread",
        }
    }
}

/// Shows how many connections are open, and how many bytes wait to be written on them.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53")]
pub(crate) fn gauge_clients(connections: usize, unwritten: usize) {
    metrics::gauge!(CLIENT_CONNECTIONS).set(connections as f64);
    metrics::gauge!(UNWRITTEN).set(unwritten as f64);
}

/// Counts a connection that the server has closed.
pub(crate) fn count_closed(reason: Closed) {
    metrics::counter!(CLIENT_CONNECTIONS_CLOSED, "reason" => reason.as_str()).increment(1);
}

/// Shows each reason, also while it closes nothing.
pub(super) fn keep_reasons() {
    for reason in Closed::ALL {
        metrics::counter!(CLIENT_CONNECTIONS_CLOSED, "reason" => reason.as_str()).increment(0);
    }
}
