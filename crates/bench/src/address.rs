//! Where a server is, and how it knows who calls.

use std::fmt;
use std::net::SocketAddr;

/// The address of a server, with the key that its callers give, if it asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    /// For as long as the process lives: a benchmark makes one of them.
    pub(crate) key: Option<&'static str>,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(formatter)
    }
}
